import { createHash } from "node:crypto";
import { type ByteString, byteString, type Content, contentChunks } from "../../ground/bytes/index.js";
import type { Attributes, Inode, RegularFile, RootfsTree } from "../rootfs/index.js";

/** The names of a tree's inodes: paths by inode. */
export type Names = ReadonlyMap<Inode, readonly ByteString[]>;

/** Returns all names of every inode except directories, in byte order of the walk. */
export function listNames(tree: RootfsTree): Names {
	const names = new Map<Inode, ByteString[]>();
	const open: (readonly [path: string, inode: Inode])[] = [["", tree.root]];
	for (let next = open.pop(); next !== undefined; next = open.pop()) {
		const [path, inode] = next;
		if (inode.kind === "directory") {
			for (const [name, child] of inode.entries) open.push([`${path}/${name}`, child]);
			continue;
		}
		const known = names.get(inode);
		if (known === undefined) names.set(inode, [path as ByteString]);
		else known.push(path as ByteString);
	}
	for (const paths of names.values()) paths.sort();
	return names;
}

/** Returns whether mode, owner and extended attributes are equal; times are ignored. */
export function equalAttributes(a: Attributes, b: Attributes): boolean {
	return a.mode === b.mode && a.uid === b.uid && a.gid === b.gid && equalXattrs(a.xattrs, b.xattrs);
}

function equalXattrs(a: Attributes["xattrs"], b: Attributes["xattrs"]): boolean {
	if (a.size !== b.size) return false;
	return [...a].every(([name, value]) => {
		const other = b.get(name);
		return other !== undefined && byteString(other) === byteString(value);
	});
}

/**
 * Returns whether kind, attributes, target, device numbers and content are equal; for directories, only the
 * attributes.
 */
export function equalInodes(a: Inode, b: Inode): boolean {
	if (a.kind !== b.kind || !equalAttributes(a.attributes, b.attributes)) return false;
	if (a.kind === "symlink" && b.kind === "symlink") return a.target === b.target;
	if (a.kind === "file" && b.kind === "file") return equalContents(a.content, b.content);
	if ("major" in a && "major" in b) return a.major === b.major && a.minor === b.minor;
	return true;
}

/** Returns whether only the contents can distinguish two files. */
export function comparesContents(a: RegularFile, b: RegularFile): boolean {
	return a.content.size === b.content.size && equalAttributes(a.attributes, b.attributes);
}

function equalContents(a: Content, b: Content): boolean {
	return a === b || (a.size === b.size && contentHash(a) === contentHash(b));
}

function contentHash(content: Content): string {
	if (content.sha256 !== undefined) return content.sha256;
	const hash = createHash("sha256");
	for (const chunk of contentChunks(content, 1 << 20)) hash.update(chunk);
	return hash.digest("hex");
}
