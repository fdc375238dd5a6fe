import fc from "fast-check";
import { type ByteString, bufferContent, utf8ByteString } from "../../src/ground/bytes/index.js";
import type { Attributes, DirectoryDraft, Inode, RootfsTree } from "../../src/image/rootfs/index.js";

/** Names are few, so that two random trees share many. */
const NAMES = ["a", "b", "c", "ä"].map(utf8ByteString);

const attributes: fc.Arbitrary<Attributes> = fc.record({
	mode: fc.constantFrom(0o644, 0o755, 0o4711),
	uid: fc.constantFrom(0, 7),
	gid: fc.constantFrom(0, 7),
	mtime: fc.constantFrom(1, 2),
	xattrs: fc.constantFrom(new Map(), new Map([[utf8ByteString("trusted.k"), Buffer.from("v")]])),
});

const leaf: fc.Arbitrary<Inode> = fc.oneof(
	fc.record({
		kind: fc.constant("file" as const),
		attributes,
		content: fc.constantFrom("", "one", "two").map((text) => bufferContent(Buffer.from(text))),
	}),
	fc.record({
		kind: fc.constant("symlink" as const),
		attributes: attributes.map((values) => ({ ...values, mode: 0o777 })),
		target: fc.constantFrom(...NAMES),
	}),
	fc.record({
		kind: fc.constant("character-device" as const),
		attributes,
		major: fc.constantFrom(1, 5),
		minor: fc.constant(3),
	}),
	fc.record({ kind: fc.constant("fifo" as const), attributes }),
);

function directoryOf(depth: number): fc.Arbitrary<DirectoryDraft> {
	const child: fc.Arbitrary<Inode> = depth === 0 ? leaf : fc.oneof(leaf, directoryOf(depth - 1));
	const entries = fc
		.array(fc.tuple(fc.constantFrom(...NAMES), child), { maxLength: 4 })
		.map((list): Map<ByteString, Inode> => new Map(list));
	return fc.record({ kind: fc.constant("directory" as const), attributes, entries });
}

/** Makes some names hard links to others: `links` are pairs of positions among the leaves. */
function linkUp(root: DirectoryDraft, links: readonly (readonly [number, number])[]): RootfsTree {
	const places: (readonly [Map<ByteString, Inode>, ByteString])[] = [];
	const walk = (directory: DirectoryDraft): void => {
		for (const [name, inode] of directory.entries) {
			if (inode.kind === "directory") walk(inode as DirectoryDraft);
			else places.push([directory.entries, name]);
		}
	};
	walk(root);
	for (const [from, to] of links) {
		const [source, target] = [places[from % places.length], places[to % places.length]];
		if (source && target) target[0].set(target[1], source[0].get(source[1])!);
	}
	return { root };
}

/** Small trees of all kinds of inodes, with hard links. */
export const randomTree: fc.Arbitrary<RootfsTree> = fc
	.tuple(directoryOf(3), fc.array(fc.tuple(fc.nat(20), fc.nat(20)), { maxLength: 3 }))
	.map(([root, links]) => linkUp(root, links));
