import { type Content, displayByteString } from "../../ground/bytes/index.js";
import { contentSlice } from "../../ground/files/index.js";
import {
	type ImageEntry,
	openImage,
	type SquashfsImage,
	type StoredContent,
	type StoredFragment,
} from "../../squashfs/read/index.js";
import { firstDifference, hexAt } from "./bytes.js";
import { type Difference, difference } from "./difference.js";
import { ContentComparison } from "./stored-content.js";
import { compareSuperblocks } from "./superblock.js";

interface Opened {
	readonly image: SquashfsImage;
	readonly content: Content;
	readonly entries: ReadonlyMap<string, ImageEntry>;
}

/**
 * Yields why two squashfs images differ. The superblocks and the trees are always compared, as neither follows
 * from the other. If both are equal, the first step that finds something ends the search, because all deeper
 * differences follow from it: the numbers of inodes, the storage of files, the positions of tables, then all
 * other bytes.
 * @throws SquashfsError for a damaged image.
 */
export function* compareImages(key: string, a: Content, b: Content): Generator<Difference> {
	const [first, second] = [open(a), open(b)];
	const steps = [
		compareWhatIsSaid,
		compareNumbers,
		compareStorage,
		compareRegions,
		comparePlaces,
		compareRest,
	];
	for (const step of steps) {
		let found = false;
		for (const each of step(key, first, second)) {
			found = true;
			yield each;
		}
		if (found) return;
	}
}

function* compareWhatIsSaid(key: string, a: Opened, b: Opened): Generator<Difference> {
	yield* compareSuperblocks(key, a, b);
	yield* compareTrees(key, a, b);
}

function open(content: Content): Opened {
	const image = openImage(content);
	return { image, content, entries: new Map([...image.entries()].map((entry) => [entry.path, entry])) };
}

function* compareTrees(
	key: string,
	{ entries: a, image }: Opened,
	{ entries: b }: Opened,
): Generator<Difference> {
	const contents = new ContentComparison(image.superblock.blockSize);
	for (const path of [...new Set([...a.keys(), ...b.keys()])].sort()) {
		const [x, y] = [a.get(path), b.get(path)];
		const subject = `${key}: ${displayByteString((x ?? y)!.path) || "/"}`;
		if (x === undefined || y === undefined) {
			yield difference("image", subject, `is only in the ${x === undefined ? "second" : "first"}`);
		} else yield* compareEntries(subject, x, y, contents);
	}
}

function* compareEntries(
	subject: string,
	a: ImageEntry,
	b: ImageEntry,
	contents: ContentComparison,
): Generator<Difference> {
	if (a.kind !== b.kind) {
		yield difference("image", subject, "kind", a.kind, b.kind);
		return;
	}
	for (const [name, x, y] of attributePairs(a, b))
		if (x !== y) yield difference("image", subject, name, x, y);
	if (a.kind === "file" && b.kind === "file") {
		yield* compareContents(subject, a.content, b.content, contents);
	}
	if (a.kind === "symlink" && b.kind === "symlink" && a.target !== b.target) {
		yield difference("image", subject, "target", displayByteString(a.target), displayByteString(b.target));
	}
}

function attributePairs(
	a: ImageEntry,
	b: ImageEntry,
): [name: string, a: string | number, b: string | number][] {
	const octal = (mode: number): string => mode.toString(8).padStart(4, "0");
	const xattrs = ({ attributes }: ImageEntry): string =>
		[...attributes.xattrs]
			.map(([name, value]) => `${displayByteString(name)}=${Buffer.from(value).toString("hex")}`)
			.join(" ") || "none";
	const device = (entry: ImageEntry): string => ("major" in entry ? `${entry.major}:${entry.minor}` : "");
	return [
		["mode", octal(a.attributes.mode), octal(b.attributes.mode)],
		["uid", a.attributes.uid, b.attributes.uid],
		["gid", a.attributes.gid, b.attributes.gid],
		["mtime", a.attributes.mtime, b.attributes.mtime],
		["xattrs", xattrs(a), xattrs(b)],
		["device", device(a), device(b)],
		["links", a.links, b.links],
	];
}

function* compareContents(
	subject: string,
	a: StoredContent,
	b: StoredContent,
	contents: ContentComparison,
): Generator<Difference> {
	if (a.size !== b.size) yield difference("image", subject, "size", a.size, b.size);
	const position = contents.first(a, b);
	if (position === undefined) return;
	yield difference(
		"image",
		subject,
		`content from byte ${position}:`,
		hexAt(a, position),
		hexAt(b, position),
	);
}

/** Yields equal files whose inodes have another order. Only the first is reported, as the others follow from it. */
function* compareNumbers(key: string, { entries: a }: Opened, { entries: b }: Opened): Generator<Difference> {
	for (const [path, x] of a) {
		const y = b.get(path);
		if (y === undefined || x.number === y.number) continue;
		const subject = `${key}: ${displayByteString(x.path) || "/"}`;
		yield difference("image", subject, "inode number", x.number, y.number);
		return;
	}
}

/** Yields equal files that are stored in other blocks, by another encoder, grouping or place. */
function* compareStorage(key: string, a: Opened, b: Opened): Generator<Difference> {
	const [olds, news] = [a.image.fragments(), b.image.fragments()];
	if (olds.length !== news.length) {
		yield difference("image", key, "fragment blocks", olds.length, news.length);
	}
	for (const [path, x] of a.entries) {
		const y = b.entries.get(path);
		if (x.kind !== "file" || y?.kind !== "file") continue;
		const subject = `${key}: ${displayByteString(x.path)}`;
		const [p, q] = [x.content.stored(), y.content.stored()];
		const tail = (extent: typeof p): string =>
			extent.tail === undefined ? "none" : `block ${extent.tail.fragment} at ${extent.tail.offset}`;
		if (tail(p) !== tail(q)) yield difference("image", subject, "tail in fragment", tail(p), tail(q));
		yield* compareBlocks(subject, a, b, p, q);
	}
	const [members, others] = [fragmentMembers(a), fragmentMembers(b)];
	for (let i = 0; i < Math.min(olds.length, news.length); i++) {
		const names = [members.get(i) ?? [], others.get(i) ?? []].map(listMembers) as [string, string];
		if (names[0] !== names[1])
			yield difference("image", `${key}: fragment block ${i}`, "has the ends of", ...names);
		yield* compareFragment(`${key}: fragment block ${i} (the ends of ${names[0]})`, a, b, [
			olds[i]!,
			news[i]!,
		]);
	}
}

/** Returns the files whose tails lie in each fragment block, in order of their offsets. */
function fragmentMembers({ entries }: Opened): Map<number, string[]> {
	const ends = [...entries.values()].flatMap((entry) => {
		const tail = entry.kind === "file" ? entry.content.stored().tail : undefined;
		return tail === undefined ? [] : [{ ...tail, path: displayByteString(entry.path) }];
	});
	const members = new Map<number, string[]>();
	for (const { fragment, path } of ends.sort((a, b) => a.fragment - b.fragment || a.offset - b.offset)) {
		const known = members.get(fragment);
		if (known === undefined) members.set(fragment, [path]);
		else known.push(path);
	}
	return members;
}

const SHOWN_MEMBERS = 3;

function listMembers(paths: readonly string[]): string {
	const rest = paths.length - SHOWN_MEMBERS;
	const more = rest > 0 ? [`${rest} more`] : [];
	return [...paths.slice(0, SHOWN_MEMBERS), ...more].join(", ") || "no file";
}

type Extent = ReturnType<Extract<ImageEntry, { kind: "file" }>["content"]["stored"]>;

const RAW = 1 << 24;

function* compareBlocks(subject: string, a: Opened, b: Opened, p: Extent, q: Extent): Generator<Difference> {
	let [at, other] = [p.start, q.start];
	for (const [i, word] of p.words.entries()) {
		const theirs = q.words[i] ?? 0;
		const place = `block ${i} at image byte ${at}:`;
		if (word !== theirs) {
			yield difference("image", subject, place, describeWord(word, a), describeWord(theirs, b));
			return;
		}
		const length = word & (RAW - 1);
		if (!sameBytes(a, b, at, other, length)) {
			yield difference("image", subject, `${place} the same content in other bytes of the same length`);
			return;
		}
		at += length;
		other += length;
	}
}

function describeWord(word: number, { image }: Opened): string {
	if (word === 0) return "a hole";
	return `${word & (RAW - 1)} bytes ${(word & RAW) === 0 ? image.compressor : "raw"}`;
}

function* compareFragment(
	subject: string,
	a: Opened,
	b: Opened,
	[x, y]: readonly [StoredFragment, StoredFragment],
): Generator<Difference> {
	const describe = ({ length, raw }: StoredFragment): string =>
		`${length} bytes ${raw ? "raw" : "compressed"}`;
	if (describe(x) !== describe(y))
		yield difference("image", subject, "is stored in", describe(x), describe(y));
	else if (!sameBytes(a, b, x.start, y.start, x.length))
		yield difference("image", subject, "other bytes of the same length");
}

function sameBytes(a: Opened, b: Opened, at: number, other: number, length: number): boolean {
	if (at + length > a.content.size || other + length > b.content.size) return false;
	const [x, y] = [contentSlice(a.content, at, length), contentSlice(b.content, other, length)];
	return firstDifference(x, y) === undefined;
}

function* compareRegions(key: string, a: Opened, b: Opened): Generator<Difference> {
	const theirs = new Map(b.image.regions().map((region) => [region.name, region]));
	for (const { name, start, end } of a.image.regions()) {
		const other = theirs.get(name);
		if (other === undefined) yield difference("image", key, `${name} is only in the first`);
		else if (other.start !== start) yield difference("image", key, `${name} begins at`, start, other.start);
		else if (other.end !== end) yield difference("image", key, `${name} ends at`, end, other.end);
	}
}

/** Yields files that are stored in another order. Only the first is reported, as the others follow from it. */
function* comparePlaces(key: string, { entries: a }: Opened, { entries: b }: Opened): Generator<Difference> {
	for (const [path, x] of a) {
		const y = b.get(path);
		if (x.kind !== "file" || y?.kind !== "file") continue;
		const [p, q] = [x.content.stored(), y.content.stored()];
		if (p.length === 0 || p.start === q.start) continue;
		const subject = `${key}: ${displayByteString(x.path)}`;
		yield difference("image", subject, "its data begins at image byte", p.start, q.start);
		return;
	}
}

/** Yields tables with other bytes, gaps and padding. */
function* compareRest(
	key: string,
	{ content: a, image }: Opened,
	{ content: b }: Opened,
): Generator<Difference> {
	if (a.size !== b.size) yield difference("image", key, "padded to bytes", a.size, b.size);
	const position = firstDifference(a, b);
	if (position === undefined) return;
	const region = image.regions().find(({ start, end }) => start <= position && position < end);
	const place = region?.name ?? (position >= image.superblock.bytesUsed ? "padding" : "a gap");
	yield difference("image", key, `byte ${position} (${place}):`, hexAt(a, position), hexAt(b, position));
}
