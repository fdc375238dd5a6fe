import { setImmediate as nextTurn } from "node:timers/promises";
import { type Content, contentSha256 } from "../../ground/bytes/index.js";

/** Bytes hashed between two turns of the event loop. */
const TURN_BYTES = 1 << 20;

/**
 * For every content the first one (in the given order) of the same bytes, which may be itself.
 * Only contents that share their size with another one are read.
 */
export async function findOriginals(contents: readonly Content[]): Promise<ReadonlyMap<Content, Content>> {
	const sizes = new Map<number, number>();
	for (const { size } of contents) sizes.set(size, (sizes.get(size) ?? 0) + 1);
	const digests = new Map<string, Content>();
	const originals = new Map<Content, Content>();
	let bytesOfTurn = 0;
	for (const content of contents) {
		originals.set(content, content);
		if (content.size === 0 || sizes.get(content.size) === 1) continue;
		const digest = contentSha256(content);
		const original = digests.get(digest) ?? content;
		digests.set(digest, original);
		originals.set(content, original);
		bytesOfTurn += content.size;
		if (bytesOfTurn < TURN_BYTES) continue;
		bytesOfTurn = 0;
		await nextTurn();
	}
	return originals;
}
