import type { BlockPool } from "../../codec/index.js";
import { type Content, knownSha256, rememberSha256 } from "../../ground/bytes/index.js";

type Digests = Pick<BlockPool, "digest">;

/**
 * Finds contents with the same bytes as an earlier one (in the given order), and returns that one for each. Only
 * contents that share their size and their sign with another one are read.
 * @param signOf returns a value that is the same for equal contents; called for contents of equal size.
 */
export async function findCopies(
	contents: readonly Content[],
	pool: Digests,
	signOf: (content: Content) => string = () => "",
): Promise<ReadonlyMap<Content, Content>> {
	const ofSameSize = sharing(
		contents.filter(({ size }) => size > 0),
		({ size }) => size,
	);
	const alike = sharing(ofSameSize, (content) => `${content.size} ${signOf(content)}`);
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

/** Computes the unknown digests on the workers, and keeps them. */
export async function rememberDigests(contents: readonly Content[], pool: Digests): Promise<void> {
	const digests = await digestsOf(contents, pool);
	for (const [i, content] of contents.entries()) {
		if (knownSha256(content) === undefined) rememberSha256(content, digests[i]!);
	}
}

/** Returns the digests of contents in their order, computing unknown ones on the workers. */
async function digestsOf(contents: readonly Content[], pool: Digests): Promise<readonly string[]> {
	const known = contents.map(knownSha256);
	const found = await pool.digest(contents.filter((_, i) => known[i] === undefined));
	let next = 0;
	return known.map((digest) => digest ?? found[next++]!);
}

/** Returns the contents whose key another one shares. */
function sharing<Key>(contents: readonly Content[], keyOf: (content: Content) => Key): readonly Content[] {
	const keys = contents.map(keyOf);
	const counts = new Map<Key, number>();
	for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
	return contents.filter((_, i) => counts.get(keys[i]!)! > 1);
}
