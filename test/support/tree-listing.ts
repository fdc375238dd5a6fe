import {
	type ByteString,
	byteString,
	contentBytes,
	displayByteString,
	sha256Hex,
} from "../../src/bytes/index.js";
import type { Inode, RootfsTree } from "../../src/rootfs/index.js";

/**
 * One line per name, sorted by path, with all that a user of the tree can see: kind, mode,
 * owner, target or content, device numbers, xattrs, and of hard links the first name. Times
 * with `times`.
 */
export function listTree(tree: RootfsTree, options: { readonly times?: boolean } = {}): string[] {
	const paths = new Map<Inode, string[]>();
	const all: [string, Inode][] = [];
	const walk = (inode: Inode, path: string): void => {
		all.push([path, inode]);
		if (inode.kind !== "directory") paths.set(inode, [...(paths.get(inode) ?? []), path].sort());
		else for (const [name, child] of inode.entries) walk(child, `${path}/${displayByteString(name)}`);
	};
	walk(tree.root, "");
	all.sort(([a], [b]) => (a < b ? -1 : 1));
	return all.map(([path, inode]) => {
		const { mode, uid, gid, mtime, xattrs } = inode.attributes;
		const links = paths.get(inode) ?? [];
		const time = options.times ? ` @${mtime}` : "";
		const linked = links.length > 1 ? ` =${links[0] || "/"}` : "";
		return `${path || "/"} ${inode.kind} ${mode.toString(8)} ${uid}:${gid}${time} ${body(inode)}${linked}${xattrText(xattrs)}`;
	});
}

function body(inode: Inode): string {
	if (inode.kind === "file")
		return `${inode.content.size} ${sha256Hex(contentBytes(inode.content)).slice(0, 12)}`;
	if (inode.kind === "symlink") return `-> ${displayByteString(inode.target)}`;
	return "major" in inode ? `${inode.major}:${inode.minor}` : "-";
}

function xattrText(xattrs: ReadonlyMap<ByteString, Uint8Array>): string {
	const items = [...xattrs].map(([name, value]) => ` ${name}=${displayByteString(byteString(value))}`);
	return items.sort().join("");
}
