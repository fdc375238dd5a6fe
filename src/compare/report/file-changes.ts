import { type ByteString, displayByteString } from "../../ground/bytes/index.js";
import type { ImageAccount, WeighedEntry } from "./image-account.js";
import { ContentComparison, contentsEqual, type OpenedImage } from "./same-content.js";
import { digestTails } from "./tail-digests.js";

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

type Pair = readonly [before: WeighedEntry, after: WeighedEntry];

/** Returns every name that differs, in no particular order; either image may be missing. */
export async function compareImages(
	volume: string,
	before: WeighedImage | undefined,
	after: WeighedImage | undefined,
): Promise<FileChange[]> {
	const olds = byPath(before);
	const changes: FileChange[] = [];
	const doubtful: Pair[] = [];
	const comparison = before && after && new ContentComparison(before, after);
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
		if (change !== undefined && change !== "attributes") report(change, a, b);
		else if (a && b.extent && !comparison?.storedEqually(a, b)) doubtful.push([a, b]);
		else if (change) report(change, a, b);
	}
	for (const a of olds.values()) report("removed", a, undefined);
	const isTail = ([{ extent: a }, { extent: b }]: Pair): boolean =>
		a?.words.length === 0 && b?.words.length === 0;
	const tails = doubtful.filter(isTail);
	const olders = before
		? await digestTails(
				before,
				tails.map(([a]) => a),
			)
		: undefined;
	const newers = after
		? await digestTails(
				after,
				tails.map(([, b]) => b),
			)
		: undefined;
	for (const pair of doubtful) {
		const [a, b] = pair;
		const same = isTail(pair) ? olders?.get(a) === newers?.get(b) : sameContent(a, b);
		const change = same ? entryChange(a, b) : "content";
		if (change) report(change, a, b);
	}
	return changes;
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

function sameContent({ entry: a }: WeighedEntry, { entry: b }: WeighedEntry): boolean {
	return a.kind === "file" && b.kind === "file" && contentsEqual(a.content, b.content);
}
