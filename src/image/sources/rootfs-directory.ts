import { type ByteString, utf8ByteString } from "../../ground/bytes/index.js";
import {
	FileHasher,
	type FileStatus,
	isDirectory,
	readDirectoryNames,
	readFileStatus,
	readLinkTarget,
	TreeFile,
} from "../../ground/files/index.js";
import type { Attributes, Directory, Inode, RootfsTree } from "../rootfs/index.js";
import { SourceError } from "./errors.js";

/** How a directory of this machine becomes a tree. */
export interface RootfsDirectoryOptions {
	/** Later modification times are set to this one, in seconds. Default: none is. */
	readonly maximumTime?: number | undefined;
	/** Threads that hash files while others are still looked for; none without. */
	readonly hashThreads?: number | undefined;
	/** Receives what is not carried over. */
	readonly onWarning?: ((message: string) => void) | undefined;
}

const NO_XATTRS: ReadonlyMap<ByteString, Uint8Array> = new Map();
const MAXIMUM_TIME = 2 ** 32 - 1;

/**
 * The tree below a directory, used unchanged: owners and modes, hard links, devices, sockets,
 * names as bytes. Bodies are read when they are needed, so the directory must not change until
 * then. Extended attributes are not carried, as Node cannot read them; `tar:` carries them.
 * @throws BytesError; SourceError ERR_ROOTFS_ENTRY
 */
export async function readRootfsDirectory(
	path: string,
	options: RootfsDirectoryOptions = {},
): Promise<RootfsTree> {
	if (/\.zip(?:\/\/|$)/i.test(path) && !isDirectory(path)) {
		const reason =
			"a zip keeps no owners and no devices, expected a directory, or a tar archive in the zip (tar:)";
		throw new SourceError("ERR_ROOTFS_ENTRY", `${path}: read root file system: ${reason}`);
	}
	const start = utf8ByteString(path);
	const status = readFileStatus(`${start}/.` as ByteString);
	if (status.kind !== "directory") {
		throw new SourceError("ERR_ROOTFS_ENTRY", `${path}: read root file system: expected a directory`);
	}
	options.onWarning?.(`${path}: extended attributes (file capabilities) are not carried; tar: carries them`);
	const { maximumTime, hashThreads = 0 } = options;
	const hasher = hashThreads > 0 ? new FileHasher(hashThreads) : undefined;
	try {
		const root = new DirectoryReader(maximumTime, hasher).directory(start, status);
		await hasher?.finish();
		return { root };
	} finally {
		await hasher?.close();
	}
}

class DirectoryReader {
	readonly #maximumTime: number;
	readonly #hasher: FileHasher | undefined;
	/** Files with several names, by device and inode number. */
	readonly #linked = new Map<string, Inode>();

	constructor(maximumTime = MAXIMUM_TIME, hasher?: FileHasher) {
		this.#maximumTime = Math.min(maximumTime, MAXIMUM_TIME);
		this.#hasher = hasher;
	}

	directory(path: ByteString, status: FileStatus): Directory {
		const entries = new Map<ByteString, Inode>();
		for (const name of readDirectoryNames(path)) {
			entries.set(name, this.#inode(`${path}/${name}` as ByteString));
		}
		return { kind: "directory", attributes: this.#attributes(status), entries };
	}

	#inode(path: ByteString): Inode {
		const status = readFileStatus(path);
		const known = status.link === undefined ? undefined : this.#linked.get(status.link);
		if (known !== undefined) return known;
		const inode = this.#newInode(path, status);
		if (status.link !== undefined) this.#linked.set(status.link, inode);
		return inode;
	}

	#newInode(path: ByteString, status: FileStatus): Inode {
		const { kind, major, minor } = status;
		if (kind === "directory") return this.directory(path, status);
		const attributes = this.#attributes(status);
		switch (kind) {
			case "file":
				return { kind, attributes, content: this.#openFile(path, status) };
			case "symlink":
				return { kind, attributes, target: readLinkTarget(path) };
			case "block-device":
			case "character-device":
				return { kind, attributes, major, minor };
			default:
				return { kind, attributes };
		}
	}

	#openFile(path: ByteString, { size, version }: FileStatus): TreeFile {
		const file = new TreeFile(path, size, version);
		this.#hasher?.add(file);
		return file;
	}

	#attributes({ mode, uid, gid, mtime }: FileStatus): Attributes {
		const time = Math.min(Math.max(mtime, 0), this.#maximumTime);
		return { mode, uid, gid, mtime: time, xattrs: NO_XATTRS };
	}
}
