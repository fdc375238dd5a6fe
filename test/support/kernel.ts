import { createHash } from "node:crypto";
import {
	closeSync,
	existsSync,
	fstatSync,
	mkdirSync,
	mkdtempSync,
	openSync,
	readFileSync,
	readSync,
	rmdirSync,
	rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type ByteString, type Content, contentChunks } from "../../src/ground/bytes/index.js";
import type { Inode, RootfsTree } from "../../src/image/rootfs/index.js";
import { planTree } from "../../src/squashfs/write/tree-plan.js";
import { run } from "./programs.js";
import { sampleOf } from "./sample.js";

/** The C programs that run where this kernel, or one in a guest, shows a tree. */
const KERNEL_SOURCES: string = resolve("test/support/kernel");

const MiB = 1 << 20;

let lister: string | undefined;

/** The program `list-tree DIRECTORY FILE` (see its source), compiled once by each test process. */
function treeLister(): string {
	if (lister !== undefined && existsSync(lister)) return lister;
	const directory = mkdtempSync(join(tmpdir(), "pvpkg-list-tree-"));
	process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
	lister = join(directory, "list-tree");
	run("gcc", "-std=gnu11", "-O2", "-o", lister, join(KERNEL_SOURCES, "list-tree.c"));
	return lister;
}

/** The lines that list-tree writes about a directory. @throws Error when something cannot be read. */
export function listDirectory(path: string): string[] {
	const directory = mkdtempSync(join(tmpdir(), "pvpkg-listing-"));
	try {
		run(treeLister(), path, join(directory, "listing"));
		return readLines(join(directory, "listing"));
	} finally {
		rmSync(directory, { recursive: true });
	}
}

/** The lines of a listing. @throws Error when it was cut off, or names something that could not be read. */
function readLines(listing: string): string[] {
	const lines = readFileSync(listing, "utf8").trimEnd().split("\n");
	const wrong = lines.filter((line) => line.startsWith("ERROR "));
	if (wrong.length > 0) throw new Error(wrong.join("\n"));
	if (!/^END \d+$/.test(lines.at(-1)!)) throw new Error(`${listing} ends in ${lines.at(-1)}`);
	return lines;
}

/** What this machine's kernel finds in an image, a line for each name. @throws Error when it refuses it. */
export function kernelListing(image: string): string[] {
	return mounted(image, listDirectory);
}

/** Runs `use` while an image is mounted. */
function mounted<T>(image: string, use: (place: string) => T): T {
	const place = `${image}.mounted`;
	mkdirSync(place);
	try {
		run("mount", "-t", "squashfs", "-o", "loop,ro", image, place);
		try {
			return use(place);
		} finally {
			run("umount", place);
		}
	} finally {
		rmdirSync(place);
	}
}

/**
 * 512-byte blocks of a file as the kernel counts them, when it reads as `content`: its first and last MiB and
 * some between, or to the last byte in the long form of the tests.
 */
export function kernelBlocks(image: string, name: string, content: Content): number {
	return mounted(image, (place) => {
		const descriptor = openSync(join(place, name), "r");
		try {
			const { size, blocks } = fstatSync(descriptor);
			if (size !== content.size) throw new Error(`${name}: expected ${content.size} bytes, got ${size}`);
			const [found, expected] = [Buffer.alloc(MiB), Buffer.alloc(MiB)];
			const pieces = Array.from({ length: Math.ceil(size / MiB) }, (_, at) => at * MiB);
			for (const position of new Set([0, ...sampleOf(pieces, 256), ...pieces.slice(-2)])) {
				const length = Math.min(MiB, size - position);
				content.read(expected.subarray(0, length), position);
				readSync(descriptor, found, 0, length, position);
				if (found.compare(expected, 0, length, 0, length) !== 0)
					throw new Error(`${name}: other bytes within a MiB of ${position}`);
			}
			return blocks;
		} finally {
			closeSync(descriptor);
		}
	});
}

const LETTERS = {
	file: "f",
	directory: "d",
	symlink: "l",
	"character-device": "c",
	"block-device": "b",
	fifo: "p",
	socket: "s",
} as const;

/** What the kernel is to find: TYPE MODE UID GID MTIME NLINK INO RDEV SIZE DATA PATH [XATTR=HEX ...]. */
export function expectedListing(tree: RootfsTree): string[] {
	const { numbers } = planTree(tree);
	const links = countLinks(tree);
	const digests = new Map<Inode, string>();
	const lines: string[] = [];
	const stack: (readonly [path: ByteString, inode: Inode])[] = [["." as ByteString, tree.root]];
	for (let top = stack.pop(); top; top = stack.pop()) {
		const [path, inode] = top;
		const { mode, uid, gid, mtime } = inode.attributes;
		if (inode.kind === "file" && !digests.has(inode)) digests.set(inode, digest(inode.content));
		const fields = [
			LETTERS[inode.kind],
			mode.toString(8).padStart(4, "0"),
			...[uid, gid, mtime, links.get(inode), numbers.get(inode)],
			...body(inode, digests),
			escapeBytes(path),
			...xattrFields(inode),
		];
		lines.push(fields.join(" "));
		if (inode.kind !== "directory") continue;
		const prefix = path === "." ? "" : `${path}/`;
		const names = [...inode.entries.keys()].sort((a, b) => (a < b ? 1 : -1));
		for (const name of names) stack.push([`${prefix}${name}` as ByteString, inode.entries.get(name)!]);
	}
	return [...lines, `END ${lines.length}`];
}

function countLinks(tree: RootfsTree): Map<Inode, number> {
	const links = new Map<Inode, number>([[tree.root, 2]]);
	const add = (inode: Inode, count: number) => links.set(inode, (links.get(inode) ?? 0) + count);
	const folders = [tree.root];
	for (let folder = folders.pop(); folder; folder = folders.pop()) {
		for (const inode of folder.entries.values()) {
			add(inode, inode.kind === "directory" ? 2 : 1);
			if (inode.kind !== "directory") continue;
			add(folder, 1);
			folders.push(inode);
		}
	}
	return links;
}

/** Lower-case hex SHA-256 of a content of any size. */
function digest(content: Content): string {
	const hash = createHash("sha256");
	for (const chunk of contentChunks(content, 1 << 20)) hash.update(chunk);
	return hash.digest("hex");
}

function body(inode: Inode, digests: ReadonlyMap<Inode, string>): (string | number)[] {
	if (inode.kind === "file") return ["-", inode.content.size, digests.get(inode)!];
	if (inode.kind === "symlink") return ["-", inode.target.length, `->${escapeBytes(inode.target)}`];
	return ["major" in inode ? `${inode.major}:${inode.minor}` : "-", "-", "-"];
}

function xattrFields({ attributes }: Inode): string[] {
	const known = [...attributes.xattrs].filter(([name]) => /^(user|trusted|security)\./.test(name));
	return known
		.sort(([a], [b]) => (a < b ? -1 : 1))
		.map(([name, value]) => `${escapeBytes(name)}=${Buffer.from(value).toString("hex")}`);
}

function escapeBytes(text: ByteString): string {
	return text.replace(/[^!-~]|\\/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
