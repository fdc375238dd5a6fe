import { WasmInstance } from "./wasm-instance.js";

/** What `assembly/likeness.ts` exports. */
interface LikenessFunctions {
	prepare(pieces: number, hashes: number): void;
	countsAddress(): number;
	sizesAddress(): number;
	hashesAddress(): number;
	rootsAddress(): number;
	join(pieces: number, hashes: number, mostBytes: number): void;
}

/** A piece of data, and what a sample says about it. */
export interface SampledPiece {
	/** Bytes. */
	readonly size: number;
	/** Its hashes as `ShingleSampler` writes them: u32 little endian, below 2^27, each once. */
	readonly shingles: Uint8Array;
}

/**
 * Joins pieces that are alike: the most alike pair first, then the next, as long as what is joined has `mostBytes`
 * at most; equal likeness in the order of the pieces. Likeness of two pieces is the number of hashes they share over
 * the geometric mean of how many they have (and 4, so that few hashes prove little).
 * @param pieces at most 4 Mi hashes in all.
 * @returns for each piece the first one that it is joined with, or itself.
 */
export function joinAlike(pieces: readonly SampledPiece[], mostBytes: number): Uint32Array {
	// An instance for each call, because its memory grows with the hashes and never shrinks.
	const wasm = WasmInstance.open<LikenessFunctions>("likeness");
	const { functions } = wasm;
	const hashes = pieces.reduce((sum, { shingles }) => sum + shingles.length / 4, 0);
	functions.prepare(pieces.length, hashes);
	const { memory } = wasm;
	const words = new DataView(memory.buffer);
	const [counts, sizes] = [functions.countsAddress(), functions.sizesAddress()];
	let at = functions.hashesAddress();
	for (const [i, { size, shingles }] of pieces.entries()) {
		words.setUint32(counts + 4 * i, shingles.length / 4, true);
		words.setUint32(sizes + 4 * i, size, true);
		memory.set(shingles, at);
		at += shingles.length;
	}
	functions.join(pieces.length, hashes, mostBytes);
	const roots = new DataView(wasm.memory.buffer, functions.rootsAddress());
	return Uint32Array.from(pieces, (_, i) => roots.getUint32(4 * i, true));
}
