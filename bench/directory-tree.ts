import { lstatSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { type Content, openFileContent, utf8ByteString } from "../src/bytes/index.js";
import type { Attributes, Directory, Inode, RootfsTree } from "../src/rootfs/index.js";

export function readDirectoryTree(path: string): RootfsTree {
	return { root: readDirectory(path, new Map()) };
}
function attributesOf(path: string): Attributes {
	const { mode, uid, gid, mtimeMs } = lstatSync(path);
	return { mode: mode & 0o7777, uid, gid, mtime: Math.floor(mtimeMs / 1000), xattrs: new Map() };
}
function readDirectory(path: string, links: Map<number, Inode>): Directory {
	const entries = new Map();
	for (const entry of readdirSync(path, { withFileTypes: true })) {
		const inode = readInode(join(path, entry.name), links);
		if (inode) entries.set(utf8ByteString(entry.name), inode);
	}
	return { kind: "directory", attributes: attributesOf(path), entries };
}
function readInode(path: string, links: Map<number, Inode>): Inode | undefined {
	const stats = lstatSync(path);
	if (stats.isDirectory()) return readDirectory(path, links);
	const attributes = attributesOf(path);
	if (stats.isSymbolicLink())
		return { kind: "symlink", attributes, target: utf8ByteString(readlinkSync(path)) };
	if (!stats.isFile()) return undefined;
	const known = links.get(stats.ino);
	const inode: Inode = known ?? { kind: "file", attributes, content: lazyContent(path, stats.size) };
	links.set(stats.ino, inode);
	return inode;
}
function lazyContent(path: string, size: number): Content {
	return {
		size,
		read(target, position) {
			const content = openFileContent(path);
			content.read(target, position);
			content.close();
		},
	};
}
