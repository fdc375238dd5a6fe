import { createHash, type Hash } from "node:crypto";
import { type ByteString, byteStringBytes, contentSha256 } from "../../ground/bytes/index.js";
import type { Directory, Inode, RootfsTree } from "./inode.js";

/** One letter for each kind of inode, as `ls -l` and mtree have them. */
const KIND_LETTERS: Readonly<Record<Inode["kind"], string>> = {
	directory: "d",
	file: "f",
	symlink: "l",
	"block-device": "b",
	"character-device": "c",
	fifo: "p",
	socket: "s",
};

/**
 * Returns the SHA-256 of everything that an image of this tree depends on, in lower-case hex (docs/lock.md,
 * directories). What is hashed is a list of the entries, each directory before what it contains, the names of a
 * directory in byte order. Every field ends with a zero byte: path, kind, mode in octal, user, group, time, what the
 * kind has besides, then name and hex value of each extended attribute in byte order, and an empty field.
 * @param keepsTimes false for a tree whose times will all be set: they do not count.
 */
export function treeDigest({ root }: RootfsTree, keepsTimes = true): string {
	const list = new TreeList(keepsTimes);
	list.add(".", root);
	return list.finish();
}

class TreeList {
	readonly #hash: Hash = createHash("sha256");
	readonly #keepsTimes: boolean;
	/** First path of each inode, for further names of it. */
	readonly #paths: Map<Inode, string> = new Map();

	constructor(keepsTimes: boolean) {
		this.#keepsTimes = keepsTimes;
	}

	add(path: string, inode: Inode): void {
		const first = this.#paths.get(inode);
		if (first !== undefined) {
			this.#write([path, "h", first]);
			return;
		}
		this.#paths.set(inode, path);
		const { mode, uid, gid, mtime, xattrs } = inode.attributes;
		const time = this.#keepsTimes ? `${mtime}` : "";
		const attributes = [...xattrs]
			.sort(([a], [b]) => (a < b ? -1 : 1))
			.flatMap(([name, value]) => [name, Buffer.from(value).toString("hex")]);
		const numbers = [mode.toString(8), `${uid}`, `${gid}`, time];
		this.#write([path, KIND_LETTERS[inode.kind], ...numbers, ...detailsOf(inode), ...attributes, ""]);
		if (inode.kind === "directory") this.#addEntries(path, inode);
	}

	finish(): string {
		return this.#hash.digest("hex");
	}

	#addEntries(path: string, { entries }: Directory): void {
		for (const [name, inode] of [...entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
			this.add(`${path}/${name}`, inode);
		}
	}

	#write(fields: readonly string[]): void {
		this.#hash.update(byteStringBytes(`${fields.join("\0")}\0` as ByteString));
	}
}

/** What a kind has besides attributes: size and digest, target, device numbers. */
function detailsOf(inode: Inode): string[] {
	switch (inode.kind) {
		case "file":
			return [`${inode.content.size}`, contentSha256(inode.content)];
		case "symlink":
			return [inode.target];
		case "block-device":
		case "character-device":
			return [`${inode.major}`, `${inode.minor}`];
		default:
			return [];
	}
}
