import { hash } from "node:crypto";
import type { Content } from "../../ground/bytes/index.js";

/** Bytes of a block: what RAUC's block-hash-index and kernels' pages have. */
const DELTA_BLOCK = 4096;
const READ_BYTES = 1 << 20;

/**
 * Returns how many bytes an updater would fetch that has `old` and looks blocks of 4 KiB up by
 * their hash: the blocks of `new` that are nowhere at a multiple of 4 KiB in `old`, each once.
 */
export function newBlockBytes(old: readonly Content[], news: readonly Content[]): number {
	const known = new Set<string>();
	for (const digest of blockDigests(old)) known.add(digest.name);
	let bytes = 0;
	for (const { name, size } of blockDigests(news)) {
		if (known.has(name)) continue;
		known.add(name);
		bytes += size;
	}
	return bytes;
}

function* blockDigests(
	contents: readonly Content[],
): Generator<{ readonly name: string; readonly size: number }> {
	const buffer = Buffer.allocUnsafe(READ_BYTES);
	for (const content of contents) {
		for (let position = 0; position < content.size; position += READ_BYTES) {
			const chunk = buffer.subarray(0, Math.min(READ_BYTES, content.size - position));
			content.read(chunk, position);
			for (let at = 0; at < chunk.length; at += DELTA_BLOCK) {
				const block = chunk.subarray(at, at + DELTA_BLOCK);
				yield { name: hash("sha256", block, "base64"), size: block.length };
			}
		}
	}
}
