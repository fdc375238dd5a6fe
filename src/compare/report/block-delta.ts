import type { Content } from "../../ground/bytes/index.js";
import { SampledBytes, sampleOf } from "./sampled-bytes.js";
import { Turns } from "./turns.js";
import { Window } from "./window.js";

/** Bytes of a block, as in RAUC's block-hash-index and in pages of kernels. */
const DELTA_BLOCK = 4096;

/**
 * Returns how many bytes an updater fetches that has `old` and looks blocks of 4 KiB up by their hash: each block
 * of `new`, once, that `old` has at no multiple of 4 KiB.
 */
export async function newBlockBytes(old: readonly Content[], news: readonly Content[]): Promise<number> {
	const known = new SampledBytes();
	const turns = new Turns();
	for (const { bytes, content, position } of blocks(old)) {
		known.add(sampleOf(bytes), { content, position, length: bytes.length }, bytes);
		if (turns.isOver(bytes.length)) await turns.next();
	}
	let fresh = 0;
	for (const { bytes, content, position } of blocks(news)) {
		if (turns.isOver(bytes.length)) await turns.next();
		if (known.find(bytes)) continue;
		known.add(sampleOf(bytes), { content, position, length: bytes.length }, bytes);
		fresh += bytes.length;
	}
	return fresh;
}

interface Block {
	readonly bytes: Uint8Array;
	readonly content: Content;
	readonly position: number;
}

/** Yields the blocks of contents; the bytes of each are valid until the next one. */
function* blocks(contents: readonly Content[]): Generator<Block> {
	const window = new Window();
	for (const content of contents) {
		for (let position = 0; position < content.size; position += DELTA_BLOCK) {
			const length = Math.min(DELTA_BLOCK, content.size - position);
			yield { bytes: window.bytes(content, position, length), content, position };
		}
	}
}
