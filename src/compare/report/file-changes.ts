import { type ByteString, displayByteString } from "../../ground/bytes/index.js";
import type { ImageEntry } from "../../squashfs/read/index.js";
import { type DoubtfulPair, findEqualFiles } from "./equal-files.js";
import type { Run } from "./equal-runs.js";
import { KeptContents } from "./kept-content.js";
import { manifestsNear } from "./near-manifests.js";
import { type OpenedImage, type SeenFile, StoredComparison } from "./stored-comparison.js";
import { walkTogether } from "./walk-together.js";
import {
	type OutlineEntry,
	recordOf,
	type WeighedImage,
	Weighing,
	type Weight,
	weighImage,
} from "./weighing.js";

/** One name that differs between two images. */
export interface FileChange {
	/** Name of the image in the state: `demo/root.squashfs`. */
	readonly volume: string;
	/** Path from the root of the image, for messages: `\xHH` for bytes that are not UTF-8. The root is `/`. */
	readonly path: string;
	/**
	 * `attributes` if only mode, owner, time or extended attributes differ; `kind` if, say, a file became a
	 * directory.
	 */
	readonly change: "added" | "removed" | "content" | "attributes" | "kind";
	readonly old: Weight | undefined;
	readonly new: Weight | undefined;
}

/** Returns the stored bytes by which a change makes an image grow; negative if it shrinks. */
export function growthOf({ old: before, new: after }: Pick<FileChange, "old" | "new">): number {
	return (after?.stored ?? 0) - (before?.stored ?? 0);
}

/** Returns the changes, those that weigh most first. */
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

/** An entry of an image: a file, or something without content. */
type Seen = SeenFile | { readonly index: number; readonly content: undefined };

interface Difference {
	readonly path: ByteString;
	readonly change: FileChange["change"];
	readonly old: Seen | undefined;
	readonly new: Seen | undefined;
}

/** A file that has to be expanded to be compared. */
interface DoubtfulFile extends DoubtfulPair {
	readonly path: ByteString;
	/** The change if the contents are equal; undefined if nothing else differs. */
	readonly change: "attributes" | undefined;
}

/** Two images that were walked side by side. Either may be missing. */
export interface WalkedImages {
	readonly old: WeighedImage | undefined;
	readonly new: WeighedImage | undefined;
	readonly differences: readonly Difference[];
	readonly doubtful: readonly DoubtfulFile[];
	/** Bytes of the new image that the old one has too, in the order of the new one. */
	readonly runs: readonly Run[];
}

/** Weighs two images, and compares them by name as far as possible without expanding files. @throws SquashfsError */
export function walkImages(before: OpenedImage | undefined, after: OpenedImage | undefined): WalkedImages {
	const olds = before && new Weighing(before);
	const news = after && new Weighing(after);
	const kept = new KeptContents();
	const stored = before && after && new StoredComparison(before, after);
	const differences: Difference[] = [];
	const doubtful: DoubtfulFile[] = [];
	for (const { old: a, new: b } of walkTogether(
		before?.image.entries() ?? [],
		after?.image.entries() ?? [],
	)) {
		const path = displayByteString((b ?? a)!.path);
		const [i, j] = [a && olds!.add(a, path), b && news!.add(b, path)];
		const change = a && b ? entryChange(a, b) : a ? "removed" : "added";
		const pair = stored && a && b && doubtfulPair(stored, [a, i!], [b, j!], change);
		if (pair) doubtful.push(pair);
		else if (change) {
			differences.push({ path: (b ?? a)!.path, change, old: a && seen(a, i!), new: b && seen(b, j!) });
		}
		const record = recordOf((b ?? a)!);
		const isShared = record && pair === undefined && (change === undefined || change === "attributes");
		const shared = isShared && b?.kind === "file" ? kept.keep(b.content) : undefined;
		if (a) olds!.outline(a, recordOf(a), shared);
		if (b) news!.outline(b, record, shared);
	}
	return { old: olds?.finish(), new: news?.finish(), differences, doubtful, runs: stored?.runs() ?? [] };
}

function seen(entry: ImageEntry, index: number): Seen {
	if (entry.kind !== "file") return { index, content: undefined };
	return { index, attributes: entry.attributes, content: entry.content };
}

/** Returns a pair of files of equal size unless their stored bytes show that they are equal. */
function doubtfulPair(
	stored: StoredComparison,
	[a, i]: readonly [ImageEntry, number],
	[b, j]: readonly [ImageEntry, number],
	change: FileChange["change"] | undefined,
): DoubtfulFile | undefined {
	const mayBeEqual = change === undefined || change === "attributes";
	if (!mayBeEqual || a.kind !== "file" || b.kind !== "file") return undefined;
	const parts = stored.compare(a.content.stored(), b.content.stored());
	if (parts !== undefined && !parts.tail && parts.blocks.length === 0) return undefined;
	const [old, next] = [seen(a, i) as SeenFile, seen(b, j) as SeenFile];
	return { path: b.path, change, old, new: next, parts: parts ?? "all" };
}

/** Weighs an image that is equal on both sides, or that has no counterpart. @throws SquashfsError */
export function walkOne(image: OpenedImage, isOld: boolean): WalkedImages {
	const weighed = weighImage(image);
	return { old: isOld ? weighed : undefined, new: weighed, differences: [], doubtful: [], runs: [] };
}

/** Two images, and the differences between them. */
export interface ComparedImages {
	readonly old: WeighedImage | undefined;
	readonly new: WeighedImage | undefined;
	/** All names that differ, in no particular order. */
	readonly changes: readonly FileChange[];
}

/** Returns the differences between two images, after expanding files if needed. @throws SquashfsError */
export async function compareWalked(volume: string, walked: WalkedImages): Promise<ComparedImages> {
	const { old, new: next, doubtful } = walked;
	const differences = [...walked.differences];
	const equal = doubtful.length > 0 ? await findEqualFiles(old!, next!, doubtful) : new Set();
	for (const pair of doubtful) {
		const change = equal.has(pair) ? pair.change : "content";
		if (change) differences.push({ path: pair.path, change, old: pair.old, new: pair.new });
	}
	return {
		old: old && withChangedFiles(old, differences, "old"),
		new: next && withChangedFiles(next, differences, "new"),
		changes: differences.map((difference) => fileChange(volume, difference, old, next)),
	};
}

/**
 * Adds to the outline of an image the files that differ from the other image, and the manifests that name the
 * packages of these files.
 */
function withChangedFiles(
	image: WeighedImage,
	differences: readonly Difference[],
	side: "old" | "new",
): WeighedImage {
	const files = differences.flatMap(({ path, change, [side]: file }): OutlineEntry[] => {
		if (change === "attributes" || file?.content === undefined) return [];
		return [{ kind: "file", path, attributes: file.attributes, content: file.content }];
	});
	const paths = differences.flatMap(({ path, change }) => (change === "attributes" ? [] : [path]));
	const manifests = manifestsNear(image.manifests, paths);
	return { ...image, outline: [...image.outline, ...manifests, ...files] };
}

function fileChange(
	volume: string,
	{ path, change, old: before, new: after }: Difference,
	old: WeighedImage | undefined,
	next: WeighedImage | undefined,
): FileChange {
	return {
		volume,
		path: displayByteString(path) || "/",
		change,
		old: before && weightOf(before, old!),
		new: after && weightOf(after, next!),
	};
}

function weightOf({ index, content }: Seen, { account }: WeighedImage): Weight {
	return { size: content?.size ?? 0, stored: account.stored[index]! };
}

/** Returns what differs besides the contents of two files of equal size. */
function entryChange(a: ImageEntry, b: ImageEntry): FileChange["change"] | undefined {
	if (a.kind !== b.kind) return "kind";
	const isSame =
		(a.kind === "file" && b.kind === "file" && a.content.size === b.content.size) ||
		(a.kind === "symlink" && b.kind === "symlink" && a.target === b.target) ||
		("major" in a && "major" in b && a.major === b.major && a.minor === b.minor) ||
		["directory", "fifo", "socket"].includes(a.kind);
	if (!isSame) return "content";
	return sameAttributes(a.attributes, b.attributes) ? undefined : "attributes";
}

function sameAttributes(a: ImageEntry["attributes"], b: ImageEntry["attributes"]): boolean {
	const isSame = a.mode === b.mode && a.uid === b.uid && a.gid === b.gid && a.mtime === b.mtime;
	if (!isSame || a.xattrs.size !== b.xattrs.size) return false;
	return [...a.xattrs].every(([name, value]) => {
		const other = b.xattrs.get(name);
		return other !== undefined && Buffer.compare(value, other) === 0;
	});
}
