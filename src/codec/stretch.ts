import { contentSha256, type Stretch } from "../ground/bytes/index.js";
import { ShingleSampler } from "./shingles.js";

let sampler: ShingleSampler | undefined;

/**
 * Reads the bytes of stretches into `target`, one after the other. @returns how many. @throws what contents
 * throw.
 */
export function readStretches(stretches: readonly Stretch[], target: Uint8Array): number {
	let filled = 0;
	for (const { content, position, size } of stretches) {
		content.read(target.subarray(filled, filled + size), position);
		filled += size;
	}
	return filled;
}

/** Returns the SHA-256 of a content, computed in this thread. */
export function digestHere({ content }: Stretch): Buffer {
	return Buffer.from(contentSha256(content), "hex");
}

/** Returns a sample of a stretch, made in this thread. */
export function sampleHere({ content, position, size }: Stretch, limit: number): Buffer {
	sampler ??= new ShingleSampler();
	content.read(sampler.input(size), position);
	const sample = Buffer.alloc(ShingleSampler.sampleSize(size));
	return sample.subarray(0, sampler.writeSample(sample, size, limit));
}
