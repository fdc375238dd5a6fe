import { WasmInstance } from "./wasm-instance.js";

/** What `assembly/likeness.ts` exports. */
interface LikenessFunctions {
	prepare(pieces: number, bytes: number): void;
	startsAddress(): number;
	samplesAddress(): number;
	rootsAddress(): number;
	join(pieces: number, mostBytes: number): void;
}

/**
 * Joins pieces of data that are alike: the most alike pair first, then the next, as long as what is joined has
 * `mostBytes` at most; equal likeness in the order of the pieces. Likeness of two pieces is the number of hashes they
 * share over the geometric mean of how many they have (and 4, so that few hashes prove little).
 * @param samples as `ShingleSampler` writes them, with hashes below 2^27.
 * @param starts where each begins, in the order of the pieces.
 * @returns for each piece the first one that it is joined with, or itself.
 */
export function joinAlike(samples: Uint8Array, starts: readonly number[], mostBytes: number): Uint32Array {
	// An instance for each call, because its memory grows with the hashes and never shrinks.
	const wasm = WasmInstance.open<LikenessFunctions>("likeness");
	const { functions } = wasm;
	functions.prepare(starts.length, samples.length);
	wasm.memory.set(samples, functions.samplesAddress());
	const words = new DataView(wasm.memory.buffer, functions.startsAddress());
	for (const [i, start] of starts.entries()) words.setUint32(4 * i, start, true);
	functions.join(starts.length, mostBytes);
	const roots = new DataView(wasm.memory.buffer, functions.rootsAddress());
	return Uint32Array.from(starts, (_, i) => roots.getUint32(4 * i, true));
}
