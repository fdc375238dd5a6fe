import { type BigIntStats, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { byteString, displayByteString, sha256Hex } from "../../src/ground/bytes/index.js";
import type { Inode, RootfsTree } from "../../src/image/rootfs/index.js";
import { run } from "./programs.js";

/** One line a path: what `listDirectory` and `listInodes` both can say. */
type Listing = Map<string, string>;

/**
 * A tree as the kernel shows it: type, mode, owner, mtime, size, sha256, nlink, rdev, target.
 * @param fresh later mtimes than this are shown as `@now`.
 */
export function listDirectory(root: string, fresh: number): Listing {
	const lines: Listing = new Map();
	const visit = (path: Buffer, shown: string): void => {
		const stat = lstatSync(path, { bigint: true });
		lines.set(shown, describeStat(path, stat, fresh));
		if (!stat.isDirectory()) return;
		for (const name of readdirSync(path, { encoding: "buffer" })) {
			visit(Buffer.concat([path, Buffer.from("/"), name]), `${shown}/${displayByteString(byteString(name))}`);
		}
	};
	visit(Buffer.from(root), ".");
	return lines;
}

function describeStat(path: Buffer, stat: BigIntStats, fresh: number): string {
	const seconds = Math.floor(Number(stat.mtimeMs) / 1000);
	const mtime = seconds > fresh ? "now" : seconds;
	const common = [(Number(stat.mode) & 0o7777).toString(8), `${stat.uid}:${stat.gid}`, `@${mtime}`];
	if (stat.isDirectory()) return ["dir", ...common].join(" ");
	if (stat.isSymbolicLink())
		return ["symlink", ...common, readlinkSync(path, "latin1"), stat.nlink].join(" ");
	if (stat.isFile())
		return ["file", ...common, stat.size, sha256Hex(readFileSync(path)), stat.nlink].join(" ");
	return [stat.isFIFO() ? "fifo" : "device", ...common, Number(stat.rdev), stat.nlink].join(" ");
}

/** The same of a flattened tree. */
export function listInodes(tree: RootfsTree): Listing {
	const lines = new Map<string, Inode>();
	const links = new Map<Inode, number>();
	const visit = (inode: Inode, shown: string): void => {
		lines.set(shown, inode);
		links.set(inode, (links.get(inode) ?? 0) + 1);
		if (inode.kind !== "directory") return;
		for (const [name, child] of inode.entries) visit(child, `${shown}/${displayByteString(name)}`);
	};
	visit(tree.root, ".");
	return new Map([...lines].map(([path, inode]) => [path, describeInode(inode, links.get(inode)!)]));
}

function describeInode(inode: Inode, nlink: number): string {
	const { mode, uid, gid, mtime } = inode.attributes;
	const common = [mode.toString(8), `${uid}:${gid}`, `@${mtime}`];
	switch (inode.kind) {
		case "directory":
			return ["dir", ...common].join(" ");
		case "symlink":
			return ["symlink", ...common, inode.target, nlink].join(" ");
		case "file":
			return ["file", ...common, inode.content.size, inode.content.sha256, nlink].join(" ");
		case "fifo":
		case "socket":
			return [inode.kind, ...common, 0, nlink].join(" ");
		default:
			return ["device", ...common, deviceNumber(inode.major, inode.minor), nlink].join(" ");
	}
}

/** As Linux packs it for stat(2). */
function deviceNumber(major: number, minor: number): number {
	return (minor & 0xff) + major * 256 + Math.floor(minor / 256) * 2 ** 20;
}

/** All extended attributes below a directory, as `path name=hex`, sorted. */
export function listXattrs(root: string): string[] {
	const dump = run("getfattr", "-R", "-h", "-d", "-m", "-", "-e", "hex", "--absolute-names", root);
	return dump
		.split("\n\n")
		.flatMap((block) => {
			const [head, ...lines] = block.split("\n").filter((line) => line !== "");
			return lines.map((line) => `${head!.replace(`# file: ${root}`, ".")} ${line}`);
		})
		.sort();
}
