import { hash } from "node:crypto";
import { CodecError, type ExpandPool } from "../../codec/index.js";
import { RAW_DATA_BLOCK } from "../../squashfs/format/index.js";
import type { OpenedImage, SeenFile, UnequalParts } from "./stored-comparison.js";
import type { ExpandedTail, TailComparison } from "./tail-comparison.js";

/** For fewer blocks, starting threads costs more than expanding them here. */
const POOL_BLOCKS = 32;

/** Parts of a file that are to be expanded. */
export interface WantedParts {
	readonly file: SeenFile;
	readonly parts: UnequalParts;
	/** Identifies the file together with its counterpart in the other image. */
	readonly pair: object;
}

/** A stored block, and what to do with its bytes. */
interface StoredBlock {
	readonly start: number;
	readonly length: number;
	readonly raw: boolean;
	/** @param bytes the expanded block; if undefined, the reader of the image expands it, and reports damage. */
	take(bytes: Uint8Array | undefined): void;
}

/**
 * Returns a digest of the wanted blocks of each file, and passes on the wanted tails. Each block is expanded
 * once, by all workers if there are many blocks. None is kept, so that memory does not depend on the image.
 * @param tails compares them with those of the other image.
 * @param pool for the compressor and block size of the image.
 * @throws SquashfsError for a damaged block.
 */
export async function digestParts(
	opened: OpenedImage,
	wanted: readonly WantedParts[],
	tails: TailComparison<object>,
	pool: ExpandPool,
): Promise<Map<SeenFile, string>> {
	const digests = new Map<SeenFile, string[]>(wanted.map(({ file }) => [file, []]));
	const blocks = [...dataBlocks(opened, wanted, digests), ...fragmentBlocks(opened, wanted, tails)];
	if (blocks.length < POOL_BLOCKS) for (const block of blocks) block.take(undefined);
	else await expandAll(opened, blocks, pool);
	return new Map([...digests].map(([file, list]) => [file, list.join(" ")]));
}

type PartDigests = ReadonlyMap<SeenFile, string[]>;

function dataBlocks(
	opened: OpenedImage,
	wanted: readonly WantedParts[],
	digests: PartDigests,
): StoredBlock[] {
	const { blockSize } = opened.image.superblock;
	return wanted.flatMap(({ file, parts }) => {
		const { start, words } = file.content.stored();
		const list = digests.get(file)!;
		const positions = blockPositions(start, words);
		return parts.blocks.map((block, i): StoredBlock => {
			const size = Math.min(blockSize, file.content.size - block * blockSize);
			const word = words[block]!;
			return {
				start: positions[block]!,
				length: word & (RAW_DATA_BLOCK - 1),
				raw: (word & RAW_DATA_BLOCK) !== 0,
				take(bytes) {
					list[i] = digestOf(bytes?.length === size ? bytes : readPart(file, block * blockSize, size));
				},
			};
		});
	});
}

function fragmentBlocks(
	{ image }: OpenedImage,
	wanted: readonly WantedParts[],
	tails: TailComparison<object>,
): StoredBlock[] {
	const groups = new Map<number, WantedParts[]>();
	for (const each of wanted) {
		const { tail } = each.file.content.stored();
		if (!each.parts.tail || tail === undefined) continue;
		const group = groups.get(tail.fragment);
		if (group === undefined) groups.set(tail.fragment, [each]);
		else group.push(each);
	}
	const fragments = image.fragments();
	return [...groups].map(([index, group]): StoredBlock => {
		const { start, length, raw } = fragments[index] ?? { start: 0, length: 0, raw: false };
		return { start, length, raw, take: (bytes) => tails.take(expandedTails(group, bytes)) };
	});
}

function expandedTails(
	group: readonly WantedParts[],
	block: Uint8Array | undefined,
): readonly ExpandedTail<object>[] {
	return group.map(({ file, pair }) => {
		const { offset, size } = file.content.stored().tail!;
		const isThere = block !== undefined && offset + size <= block.length;
		const bytes = isThere
			? block.subarray(offset, offset + size)
			: readPart(file, file.content.size - size, size);
		return { pair, bytes };
	});
}

async function expandAll(
	{ image, content }: OpenedImage,
	blocks: readonly StoredBlock[],
	pool: ExpandPool,
): Promise<void> {
	const open: Promise<void>[] = [];
	for (const block of blocks) {
		if (!mayExpand(block, image.superblock.blockSize, content.size)) {
			block.take(undefined);
			continue;
		}
		const slot = await pool.reserve();
		content.read(slot.input.subarray(0, block.length), block.start);
		const done = expandOne(slot, block);
		// The promise is awaited at the end. Until then its rejection must not count as unhandled.
		done.catch(() => {});
		open.push(done);
	}
	await Promise.all(open);
}

async function expandOne(
	slot: Awaited<ReturnType<ExpandPool["reserve"]>>,
	block: StoredBlock,
): Promise<void> {
	try {
		await slot.expand(block.length, (bytes) => block.take(bytes));
	} catch (error) {
		if (!(error instanceof CodecError)) throw error;
		// The block is damaged. The image's reader throws an error that names the position.
		block.take(undefined);
	}
}

function mayExpand({ start, length, raw }: StoredBlock, blockSize: number, size: number): boolean {
	return !raw && length > 0 && length <= blockSize && start + length <= size;
}

/** Returns the position of each block in the image. */
function blockPositions(start: number, words: Uint32Array): Float64Array {
	const positions = new Float64Array(words.length);
	let position = start;
	for (const [i, word] of words.entries()) {
		positions[i] = position;
		position += word & (RAW_DATA_BLOCK - 1);
	}
	return positions;
}

function readPart({ content }: SeenFile, position: number, size: number): Uint8Array {
	const bytes = Buffer.allocUnsafe(size);
	content.read(bytes, position);
	return bytes;
}

function digestOf(bytes: Uint8Array): string {
	return hash("sha256", bytes, "base64");
}
