import type { BlockPool } from "../../codec/index.js";
import { type Content, knownSha256, rememberSha256 } from "../../ground/bytes/index.js";

type Digests = Pick<BlockPool, "digest">;

/**
 * Finds contents of the same bytes as an earlier one (in the given order), and returns that one for each.
 * Only contents that share their size with another one are read.
 */
export async function findCopies(
	contents: readonly Content[],
	pool: Digests,
): Promise<ReadonlyMap<Content, Content>> {
	const sizes = new Map<number, number>();
	for (const { size } of contents) sizes.set(size, (sizes.get(size) ?? 0) + 1);
	const alike = contents.filter(({ size }) => size > 0 && sizes.get(size)! > 1);
	const digests = await digestsOf(alike, pool);
	const originals = new Map<string, Content>();
	const copies = new Map<Content, Content>();
	for (const [i, content] of alike.entries()) {
		const original = originals.get(digests[i]!);
		if (original === undefined) originals.set(digests[i]!, content);
		else copies.set(content, original);
	}
	return copies;
}

/** Has the workers find the digests that are not known, and keeps them. */
export async function rememberDigests(contents: readonly Content[], pool: Digests): Promise<void> {
	const digests = await digestsOf(contents, pool);
	for (const [i, content] of contents.entries()) {
		if (knownSha256(content) === undefined) rememberSha256(content, digests[i]!);
	}
}

/** Digests of contents in their order, those that are known and those that the workers find. */
async function digestsOf(contents: readonly Content[], pool: Digests): Promise<readonly string[]> {
	const known = contents.map(knownSha256);
	const found = await pool.digest(contents.filter((_, i) => known[i] === undefined));
	let next = 0;
	return known.map((digest) => digest ?? found[next++]!);
}
