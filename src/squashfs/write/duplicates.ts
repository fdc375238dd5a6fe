import type { BlockPool } from "../../codec/index.js";
import { type Content, knownSha256, rememberSha256 } from "../../ground/bytes/index.js";

/**
 * For every content the first one (in the given order) of the same bytes, which may be itself.
 * Only contents that share their size with another one are read.
 */
export async function findOriginals(
	contents: readonly Content[],
	pool: Pick<BlockPool, "digest">,
): Promise<ReadonlyMap<Content, Content>> {
	const sizes = new Map<number, number>();
	for (const { size } of contents) sizes.set(size, (sizes.get(size) ?? 0) + 1);
	const alike = contents.filter(({ size }) => size > 0 && sizes.get(size)! > 1);
	await digestAll(alike, pool);
	const digests = new Map<string, Content>();
	const originals = new Map<Content, Content>(contents.map((content) => [content, content]));
	for (const content of alike) {
		const digest = knownSha256(content)!;
		const original = digests.get(digest) ?? content;
		digests.set(digest, original);
		originals.set(content, original);
	}
	return originals;
}

/** Has the workers find the digests that are not known. */
export async function digestAll(
	contents: readonly Content[],
	pool: Pick<BlockPool, "digest">,
): Promise<void> {
	const unknown = contents.filter((content) => knownSha256(content) === undefined);
	const digests = await pool.digest(unknown);
	for (const [i, content] of unknown.entries()) rememberSha256(content, digests[i]!);
}
