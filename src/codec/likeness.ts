import { WasmInstance } from "./wasm-instance.js";

/** The exports of `assembly/likeness.ts`. */
interface LikenessFunctions {
	prepare(pieces: number, bytes: number): void;
	startsAddress(): number;
	samplesAddress(): number;
	rootsAddress(): number;
	join(pieces: number, mostBytes: number): void;
}

/**
 * Joins similar pieces of data: the most similar pair first, then the next, while a set has at most `mostBytes`;
 * equal pairs come in the order of the pieces. The likeness of two pieces is the number of hashes that they
 * share, divided by the geometric mean of their numbers of hashes plus 4, so that few hashes prove little.
 * @param samples in the form of `ShingleSampler`, with hashes below 2^27.
 * @param starts where each sample begins, in the order of the pieces.
 * @returns for each piece the first one that it is joined with, or itself.
 */
export function joinAlike(samples: Uint8Array, starts: readonly number[], mostBytes: number): Uint32Array {
	// A new instance for each call, because its memory grows with the hashes and never shrinks.
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
