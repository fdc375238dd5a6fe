import { type CompressorName, ExpandAhead, processorCount } from "../../codec/index.js";
import { type Content, PvpkgError, type Stretch, wholeStretch } from "../../ground/bytes/index.js";
import { type ImageSource, RAW_DATA_BLOCK, type Superblock } from "../format/index.js";
import { BlocksAhead, isWorthThreads, type NeededBlock } from "./blocks-ahead.js";
import { blockName, type FileReader, type StoredContent, type StoredFragment } from "./file-reader.js";

/** An image that contents are read from. */
interface ReadImage {
	readonly source: ImageSource;
	readonly compressor: CompressorName;
	readonly superblock: Superblock;
	readonly files: FileReader;
	/** Returns its fragment blocks. */
	readonly fragments: () => readonly StoredFragment[];
}

const NOTHING = { close: (): void => {} };

/** Expands blocks ahead of their use, as `SquashfsImage.expandAhead` describes. */
export function expandAhead(parts: readonly (Content | Stretch)[], image: ReadImage): { close(): void } {
	const { source, compressor, superblock, files } = image;
	const needed = listNeeded(parts.map(asStretch), image);
	const processors = processorCount();
	if (!isWorthThreads(compressor, needed.length * superblock.blockSize, processors)) return NOTHING;
	const ahead = new BlocksAhead(
		source,
		new ExpandAhead(compressor, superblock.blockSize, processors),
		needed,
	);
	files.ahead = ahead;
	return {
		close() {
			if (files.ahead === ahead) files.ahead = undefined;
			ahead.close();
		},
	};
}

function asStretch(part: Content | Stretch): Stretch {
	return "content" in part ? part : wholeStretch(part);
}

/** Returns the compressed blocks of stretches in the order of their first use; none if the tables are damaged. */
function listNeeded(stretches: readonly Stretch[], image: ReadImage): NeededBlock[] {
	const blocks = new Map<string, NeededBlock>();
	try {
		const { blockSize } = image.superblock;
		const fragments = image.fragments();
		for (const { content, position, size } of stretches) {
			if (!image.files.has(content)) continue;
			addNeeded(content, [position, position + size], blockSize, fragments, blocks);
		}
	} catch (cause) {
		if (!(cause instanceof PvpkgError)) throw cause;
		return [];
	}
	return [...blocks.values()].filter(({ position, length }) => position + length <= image.source.size);
}

function addNeeded(
	content: StoredContent,
	[from, to]: readonly [from: number, to: number],
	blockSize: number,
	fragments: readonly StoredFragment[],
	blocks: Map<string, NeededBlock>,
): void {
	const add = (what: string, position: number, word: number, maximum: number): void => {
		// Skips holes, blocks that are not compressed, and sizes that a reader refuses.
		if (word === 0 || word > maximum) return;
		const name = blockName(position, word, maximum);
		if (!blocks.has(name)) blocks.set(name, { name, position, length: word, what });
	};
	const { start, words, tail } = content.stored();
	let position = start;
	for (const [index, word] of words.entries()) {
		const begin = index * blockSize;
		const isNeeded = begin < to && begin + blockSize > from;
		if (isNeeded) add("data block", position, word, Math.min(blockSize, content.size - begin));
		position += word & (RAW_DATA_BLOCK - 1);
	}
	const fragment = tail && to > words.length * blockSize ? fragments[tail.fragment] : undefined;
	if (fragment && !fragment.raw) add("fragment block", fragment.start, fragment.length, blockSize);
}
