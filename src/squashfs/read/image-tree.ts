import type { Content } from "../../ground/bytes/index.js";
import { streamContent } from "../../ground/files/index.js";
import type { DirectoryDraft, Inode, RootfsTree } from "../../image/rootfs/index.js";
import { damaged } from "../format/index.js";
import { type ImageEntry, openImage, type SquashfsImage } from "./reader.js";

/**
 * Returns the whole tree of an image; names of one inode share one object. Contents are read from the image on
 * demand, so it must stay open.
 * @throws SquashfsError as `SquashfsImage.entries`.
 */
export function readTree(image: SquashfsImage): RootfsTree {
	const inodes = new Map<number, TreeInode>();
	const path: DirectoryDraft[] = [];
	for (const entry of image.entries()) {
		const inode = inodes.get(entry.number) ?? entryInode(entry);
		if (inode.kind !== entry.kind) {
			throw damaged("inode", `${entry.number} is a ${inode.kind} and a ${entry.kind}`);
		}
		inodes.set(entry.number, inode);
		path.length = entry.depth;
		path.at(-1)?.entries.set(entry.name, inode);
		if (inode.kind === "directory") path.push(inode);
	}
	return { root: path[0]! };
}

type TreeInode = DirectoryDraft | Exclude<Inode, { readonly kind: "directory" }>;

function entryInode(entry: ImageEntry): TreeInode {
	const { attributes } = entry;
	switch (entry.kind) {
		case "directory":
			return { kind: "directory", attributes, entries: new Map() };
		case "file":
			return { kind: "file", attributes, content: entry.content };
		case "symlink":
			return { kind: "symlink", attributes, target: entry.target };
		case "block-device":
		case "character-device":
			return { kind: entry.kind, attributes, major: entry.major, minor: entry.minor };
		default:
			return { kind: entry.kind, attributes };
	}
}

/** An entry with its bytes as a stream, which is empty except for files. */
export type SquashfsEntry = ImageEntry & { readonly body: AsyncIterable<Uint8Array> };

/**
 * Yields every entry of an image, root first. Bodies may be left unread, and read later.
 * @throws SquashfsError
 */
export async function* readSquashfs(content: Content): AsyncGenerator<SquashfsEntry> {
	for (const entry of openImage(content).entries()) {
		yield { ...entry, body: entry.kind === "file" ? streamContent(entry.content) : noBytes() };
	}
}

async function* noBytes(): AsyncGenerator<Uint8Array> {}
