import { hash } from "node:crypto";
import { CodecError, createExpandPool, type ExpandPool } from "../../codec/index.js";
import { contentBytes } from "../../ground/bytes/index.js";
import type { StoredFragment } from "../../squashfs/read/index.js";
import type { WeighedEntry } from "./image-account.js";
import type { OpenedImage } from "./same-content.js";

/** Starting threads costs more than expanding fewer fragment blocks. */
const POOL_BLOCKS = 32;

/** Digests of contents, by the entry that has them. */
export type Digests = Map<WeighedEntry, string>;

/**
 * Returns the SHA-256 of files that lie in fragment blocks alone. Each block is expanded once, by all
 * workers where there are many, and none is kept, so that memory does not depend on the image.
 * @throws SquashfsError for a damaged block.
 */
export async function digestTails(opened: OpenedImage, entries: readonly WeighedEntry[]): Promise<Digests> {
	const digests: Digests = new Map();
	const groups = byFragment(entries);
	if (groups.size < POOL_BLOCKS) {
		for (const group of groups.values()) digestGroup(digests, group);
		return digests;
	}
	const { compressor, superblock } = opened.image;
	const pool = createExpandPool({ compressor, blockSize: superblock.blockSize });
	try {
		await digestInPool(pool, opened, groups, digests);
	} finally {
		await pool.close();
	}
	return digests;
}

function byFragment(entries: readonly WeighedEntry[]): Map<number, WeighedEntry[]> {
	const groups = new Map<number, WeighedEntry[]>();
	for (const entry of entries) {
		const index = entry.extent?.tail?.fragment ?? -1;
		const group = groups.get(index);
		if (group === undefined) groups.set(index, [entry]);
		else group.push(entry);
	}
	return groups;
}

async function digestInPool(
	pool: ExpandPool,
	{ image, content }: OpenedImage,
	groups: ReadonlyMap<number, readonly WeighedEntry[]>,
	digests: Digests,
): Promise<void> {
	const fragments = image.fragments();
	const open: Promise<void>[] = [];
	for (const [index, group] of groups) {
		const fragment = fragments[index];
		if (fragment === undefined || !mayExpand(fragment, image.superblock.blockSize, content.size)) {
			digestGroup(digests, group);
			continue;
		}
		const slot = await pool.reserve();
		content.read(slot.input.subarray(0, fragment.length), fragment.start);
		const done = slot.expand(fragment.length).then(
			(bytes) => digestGroup(digests, group, bytes),
			(error) => {
				if (!(error instanceof CodecError)) throw error;
				// It is damaged: the reader says where, and in the words of the format.
				digestGroup(digests, group);
			},
		);
		// It is awaited at the end; until then another one's error may come first.
		done.catch(() => {});
		open.push(done);
	}
	await Promise.all(open);
}

function mayExpand({ start, length, raw }: StoredFragment, blockSize: number, size: number): boolean {
	return !raw && length > 0 && length <= blockSize && start + length <= size;
}

/** @param block the fragment block of these files, expanded; without it their reader expands it. */
function digestGroup(digests: Digests, group: readonly WeighedEntry[], block?: Uint8Array): void {
	for (const weighed of group) {
		const { offset, size } = weighed.extent?.tail ?? { offset: 0, size: 0 };
		const isThere = block !== undefined && offset + size <= block.length;
		const bytes = isThere ? block.subarray(offset, offset + size) : readWhole(weighed);
		digests.set(weighed, hash("sha256", bytes, "base64"));
	}
}

function readWhole({ entry }: WeighedEntry): Uint8Array {
	return entry.kind === "file" ? contentBytes(entry.content) : new Uint8Array(0);
}
