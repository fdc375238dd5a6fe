import { type ByteString, contentBytes, displayByteString } from "../../src/ground/bytes/index.js";
import type { Directory, Inode, RootfsTree } from "../../src/image/rootfs/index.js";

/**
 * A tree as lines `path kind mode uid:gid @mtime …`, in byte order, whole: what two trees differ
 * in shows in a diff. Defaults (0:0, time 0) are left out; hard links name their first path.
 */
export function listTree(tree: RootfsTree): string[] {
	const lines: string[] = [];
	const seen = new Map<Inode, string>();
	const visit = (path: string, inode: Inode): void => {
		const first = seen.get(inode);
		if (first !== undefined) {
			lines.push(`${path} = ${first}`);
			return;
		}
		seen.set(inode, path);
		lines.push(`${path} ${describeInode(inode)}`);
		if (inode.kind === "directory") visitEntries(path, inode);
	};
	const visitEntries = (path: string, { entries }: Directory): void => {
		for (const name of [...entries.keys()].sort(compare)) {
			visit(
				path === "." ? displayByteString(name) : `${path}/${displayByteString(name)}`,
				entries.get(name)!,
			);
		}
	};
	visit(".", tree.root);
	return lines;
}

function compare(a: ByteString, b: ByteString): number {
	return a < b ? -1 : 1;
}

function describeInode(inode: Inode): string {
	const { mode, uid, gid, mtime, xattrs } = inode.attributes;
	const values = [...xattrs].map(
		([name, value]) => `${name}=${JSON.stringify(Buffer.from(value).toString("latin1"))}`,
	);
	return [
		describeKind(inode),
		inode.kind === "symlink" ? "" : mode.toString(8),
		uid === 0 && gid === 0 ? "" : `${uid}:${gid}`,
		mtime === 0 ? "" : `@${mtime}`,
		...values.sort(),
	]
		.filter((part) => part !== "")
		.join(" ");
}

function describeKind(inode: Inode): string {
	switch (inode.kind) {
		case "directory":
			return "dir";
		case "file":
			return JSON.stringify(Buffer.from(contentBytes(inode.content)).toString("latin1"));
		case "symlink":
			return `-> ${displayByteString(inode.target)}`;
		case "block-device":
		case "character-device":
			return `${inode.kind} ${inode.major}:${inode.minor}`;
		default:
			return inode.kind;
	}
}
