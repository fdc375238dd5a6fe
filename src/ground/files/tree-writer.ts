import {
	chmodSync,
	closeSync,
	constants,
	ftruncateSync,
	lchownSync,
	linkSync,
	lutimesSync,
	mkdirSync,
	openSync,
	symlinkSync,
} from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import {
	type ByteString,
	BytesError,
	byteStringBytes,
	type Content,
	contentChunks,
	displayByteString,
	PvpkgError,
} from "../bytes/index.js";
import { makeDirectory } from "./directory.js";
import { writeFully } from "./file-descriptor.js";

/** Bytes that are written at a time, and those after which others get their turn. */
const CHUNK_BYTES = 1 << 20;
const TURN_BYTES = 1 << 23;
const ZEROS = Buffer.alloc(CHUNK_BYTES);

/** Set-user-ID and set-group-ID. */
const SET_ID_BITS = 0o6000;

/**
 * What is set on a file besides its bytes. Owners, and the bits that let a program run as its owner
 * or group, are set only where this process may give files away, as tar and unsquashfs do.
 */
export interface FileAttributes {
	/** 0..07777 */
	readonly mode: number;
	readonly uid: number;
	readonly gid: number;
	/** Seconds since 1970. */
	readonly mtime: number;
}

/**
 * Makes a tree of files in an empty directory of its own. Paths are relative byte strings, each
 * below a directory made here before; nothing is ever opened that was there already, so no link
 * of the tree leads out of it. @throws BytesError
 */
export class TreeWriter {
	readonly #top: Buffer;
	readonly #directories: (readonly [path: ByteString, attributes: FileAttributes])[] = [];
	readonly #owners: boolean;

	constructor(directory: string) {
		this.#top = Buffer.from(`${directory}/`, "utf8");
		this.#owners = process.getuid?.() === 0;
		makeDirectory(directory);
	}

	/** Makes a directory. `finish` sets its attributes, after its contents are written. */
	makeDirectory(path: ByteString, attributes: FileAttributes): void {
		if (path !== "") this.#run(path, (place) => mkdirSync(place, 0o700));
		this.#directories.push([path, attributes]);
	}

	/** Writes a file; runs of zeros become holes. Timers and signals run in between. */
	async writeFile(path: ByteString, content: Content, attributes: FileAttributes): Promise<void> {
		const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
		const descriptor = this.#run(path, (place) => openSync(place, flags, 0o600));
		try {
			let position = 0;
			for (const chunk of contentChunks(content, CHUNK_BYTES)) {
				if (chunk.length < CHUNK_BYTES || !ZEROS.equals(chunk))
					this.#run(path, () => writeFully(descriptor, chunk, position, displayByteString(path)));
				position += chunk.length;
				if (position % TURN_BYTES === 0) await nextTurn();
			}
			this.#run(path, () => ftruncateSync(descriptor, content.size));
		} finally {
			closeSync(descriptor);
		}
		this.#run(path, (place) => this.#setAttributes(place, attributes));
	}

	makeSymlink(path: ByteString, target: ByteString, attributes: FileAttributes): void {
		this.#run(path, (place) => {
			symlinkSync(byteStringBytes(target), place);
			if (this.#owners) lchownSync(place, attributes.uid, attributes.gid);
			lutimesSync(place, attributes.mtime, attributes.mtime);
		});
	}

	/** Makes a second name for the file `first`. */
	makeLink(path: ByteString, first: ByteString): void {
		this.#run(path, (place) => linkSync(this.#place(first), place));
	}

	/** Sets the attributes of directories, inner ones first. */
	finish(): void {
		for (const [path, attributes] of this.#directories.reverse()) {
			this.#run(path, (place) => this.#setAttributes(place, attributes));
		}
	}

	#setAttributes(place: Buffer, { mode, uid, gid, mtime }: FileAttributes): void {
		if (this.#owners) lchownSync(place, uid, gid);
		// Without the owner, a set-user-ID program would run with the rights of this user.
		chmodSync(place, this.#owners ? mode : mode & ~SET_ID_BITS);
		lutimesSync(place, mtime, mtime);
	}

	#run<T>(path: ByteString, job: (place: Buffer) => T): T {
		try {
			return job(this.#place(path));
		} catch (cause) {
			// Errors of the content are not errors of the file.
			if (cause instanceof PvpkgError) throw cause;
			throw BytesError.fromSystem(displayByteString(path), "write", cause);
		}
	}

	#place(path: ByteString): Buffer {
		return Buffer.concat([this.#top, byteStringBytes(path)]);
	}
}
