import { type ByteString, displayByteString } from "../../ground/bytes/index.js";
import { contentSlice } from "../../ground/files/index.js";
import { firstDifference } from "../repro/index.js";
import type { Run } from "./equal-runs.js";
import { withPools } from "./expand-pools.js";
import { type ImageAccount, isWeighedFile, type WeighedEntry, type WeighedFile } from "./image-account.js";
import { digestParts } from "./part-digests.js";
import { type OpenedImage, StoredComparison, type UnequalParts } from "./stored-comparison.js";

/** Bytes of a file. */
export interface Weight {
	/** Of its content. */
	readonly size: number;
	/** Of the image that are its own. */
	readonly stored: number;
}

/** One name that differs between two images. */
export interface FileChange {
	/** The state's name of the image, `demo/root.squashfs`. */
	readonly volume: string;
	/** From the root of the image, for reading: bytes that are not UTF-8 are spelled `\xHH`. The root is `/`. */
	readonly path: string;
	/** `attributes`: mode, owner, time or extended attributes alone; `kind`: a file became a directory. */
	readonly change: "added" | "removed" | "content" | "attributes" | "kind";
	readonly old: Weight | undefined;
	readonly new: Weight | undefined;
}

/** An image with its account. */
export interface WeighedImage extends OpenedImage {
	readonly account: ImageAccount;
}

/** Returns the stored bytes by which a change lets an image grow; negative when it shrinks. */
export function growthOf({ old: before, new: after }: Pick<FileChange, "old" | "new">): number {
	return (after?.stored ?? 0) - (before?.stored ?? 0);
}

/** Puts the changes that weigh most first. */
export function sortByGrowth(changes: readonly FileChange[]): FileChange[] {
	return [...changes].sort(
		(a, b) =>
			Math.abs(growthOf(b)) - Math.abs(growthOf(a)) ||
			(b.new?.stored ?? 0) - (a.new?.stored ?? 0) ||
			compare(a.volume, b.volume) ||
			compare(a.path, b.path),
	);
}

function compare(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}

/** Two files of one size and name. */
interface Pair {
	readonly a: WeighedFile;
	readonly b: WeighedFile;
	/** What has to be expanded to compare them; undefined: all, as they are cut in different ways. */
	readonly parts: UnequalParts | undefined;
}

/** What two images have in common, and what differs. */
export interface ComparedImages {
	/** Every name that differs, in no particular order. */
	readonly changes: readonly FileChange[];
	/** Bytes of the new image that the old one has, too, in the order of the new one. */
	readonly runs: readonly Run[];
}

/** Compares two images name by name; either may be missing. */
export async function compareImages(
	volume: string,
	before: WeighedImage | undefined,
	after: WeighedImage | undefined,
): Promise<ComparedImages> {
	const olds = byPath(before);
	const changes: FileChange[] = [];
	const doubtful: Pair[] = [];
	const stored = before && after && new StoredComparison(before, after);
	const report = (change: FileChange["change"], a: WeighedEntry | undefined, b: WeighedEntry | undefined) =>
		changes.push({
			volume,
			path: displayByteString((b ?? a)!.entry.path) || "/",
			change,
			old: a && weightOf(a),
			new: b && weightOf(b),
		});
	for (const b of after?.account.entries ?? []) {
		const a = olds.get(b.entry.path);
		olds.delete(b.entry.path);
		const change = a === undefined ? "added" : entryChange(a, b);
		const mayDiffer = change === undefined || change === "attributes";
		const pair = mayDiffer ? pairOf(stored!, a!, b) : undefined;
		if (pair && isDoubtful(pair)) doubtful.push(pair);
		else if (change) report(change, a, b);
	}
	for (const a of olds.values()) report("removed", a, undefined);
	const equal = doubtful.length > 0 ? await equalPairs(before!, after!, doubtful) : new Set();
	for (const pair of doubtful) {
		const change = equal.has(pair) ? entryChange(pair.a, pair.b) : "content";
		if (change) report(change, pair.a, pair.b);
	}
	return { changes, runs: stored?.runs() ?? [] };
}

/** Undefined for what is not a file. */
function pairOf(stored: StoredComparison, a: WeighedEntry, b: WeighedEntry): Pair | undefined {
	if (!isWeighedFile(a) || !isWeighedFile(b)) return undefined;
	return { a, b, parts: stored.compare(a.entry.content.stored(), b.entry.content.stored()) };
}

function isDoubtful({ parts }: Pair): boolean {
	return parts === undefined || parts.tail || parts.blocks.length > 0;
}

/** Returns the pairs of equal contents. */
async function equalPairs(
	before: WeighedImage,
	after: WeighedImage,
	doubtful: readonly Pair[],
): Promise<Set<Pair>> {
	const equal = new Set<Pair>();
	const open: (Pair & { readonly parts: UnequalParts })[] = [];
	for (const pair of doubtful) {
		const { a, b, parts } = pair;
		if (parts === undefined) {
			if (samePart(a, b, 0, Number.POSITIVE_INFINITY)) equal.add(pair);
			continue;
		}
		// Mostly the first block that is stored otherwise differs; then the others need not be expanded.
		const { blockSize } = after.image.superblock;
		const [first] = parts.blocks;
		if (first === undefined || samePart(a, b, first * blockSize, blockSize)) open.push({ ...pair, parts });
	}
	const wanted = (side: "a" | "b") => open.map((pair) => ({ weighed: pair[side], parts: pair.parts }));
	const [olds, news] = await withPools([before, after], (pools) =>
		Promise.all([digestParts(before, wanted("a"), pools[0]!), digestParts(after, wanted("b"), pools[1]!)]),
	);
	for (const pair of doubtful) {
		const digest = olds.get(pair.a);
		if (digest !== undefined && digest === news.get(pair.b)) equal.add(pair);
	}
	return equal;
}

function byPath(image: WeighedImage | undefined): Map<ByteString, WeighedEntry> {
	return new Map(image?.account.entries.map((weighed) => [weighed.entry.path, weighed]));
}

function weightOf({ entry, stored }: WeighedEntry): Weight {
	return { size: entry.kind === "file" ? entry.content.size : 0, stored };
}

/** What differs besides the contents of two files of one size. */
function entryChange(
	{ entry: a }: WeighedEntry,
	{ entry: b }: WeighedEntry,
): FileChange["change"] | undefined {
	if (a.kind !== b.kind) return "kind";
	const isSame =
		(a.kind === "file" && b.kind === "file" && a.content.size === b.content.size) ||
		(a.kind === "symlink" && b.kind === "symlink" && a.target === b.target) ||
		("major" in a && "major" in b && a.major === b.major && a.minor === b.minor) ||
		["directory", "fifo", "socket"].includes(a.kind);
	if (!isSame) return "content";
	return sameAttributes(a.attributes, b.attributes) ? undefined : "attributes";
}

type Attributes = WeighedEntry["entry"]["attributes"];

function sameAttributes(a: Attributes, b: Attributes): boolean {
	const isSame = a.mode === b.mode && a.uid === b.uid && a.gid === b.gid && a.mtime === b.mtime;
	if (!isSame || a.xattrs.size !== b.xattrs.size) return false;
	return [...a.xattrs].every(([name, value]) => {
		const other = b.xattrs.get(name);
		return other !== undefined && Buffer.compare(value, other) === 0;
	});
}

/** Returns whether two files of one size have the same `size` bytes from a position on, as far as they go. */
function samePart(
	{ entry: a }: WeighedFile,
	{ entry: b }: WeighedFile,
	start: number,
	size: number,
): boolean {
	const length = Math.min(size, a.content.size - start);
	const [left, right] = [contentSlice(a.content, start, length), contentSlice(b.content, start, length)];
	return firstDifference(left, right) === undefined;
}
