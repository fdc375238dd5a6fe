import { closeSync, constants, fstatSync, openSync } from "node:fs";
import {
	type ByteString,
	BytesError,
	byteStringBytes,
	type Content,
	checkRange,
	contentSha256,
	displayByteString,
} from "../bytes/index.js";
import { readFully } from "./file-descriptor.js";

/** What the bytes of a file were, and what tells whether they still are. */
export interface FileDigest {
	/** Lower-case hex. */
	readonly sha256: string;
	/** Of the file that was read; undefined where nothing had to be. */
	readonly version: string | undefined;
}

/**
 * A regular file's content that is opened at each read: for trees of more files than a process
 * may have open. A file that changed since the first read, or became something else, is an error:
 * its digest would no longer be that of its bytes.
 */
export class TreeFile implements Content {
	readonly path: ByteString;
	readonly size: number;
	#version: string | undefined;
	#sha256: string | undefined;

	constructor(path: ByteString, size: number) {
		this.path = path;
		this.size = size;
	}

	/** Known once another thread has hashed the file. */
	get sha256(): string | undefined {
		return this.#sha256;
	}

	/** @throws BytesError ERR_FILE and others, naming the path. */
	read(target: Uint8Array, position: number): void {
		checkRange(this.size, target.length, position);
		const found = this.#readAt(target, position);
		this.#version ??= found;
		if (this.#version !== found) {
			throw new BytesError("ERR_FILE", `${displayByteString(this.path)}: read: the file changed meanwhile`);
		}
	}

	digest(): FileDigest {
		return { sha256: contentSha256(this), version: this.#version };
	}

	/** Takes over what another thread found, unless it read another file than this one did. */
	adopt({ sha256, version }: FileDigest): void {
		this.#version ??= version;
		if (this.#version === version) this.#sha256 = sha256;
	}

	#readAt(target: Uint8Array, position: number): string {
		const descriptor = this.#open();
		try {
			readFully(descriptor, target, position, () => displayByteString(this.path));
			const { ino, size, mtimeMs, ctimeMs } = fstatSync(descriptor);
			return `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
		} finally {
			closeSync(descriptor);
		}
	}

	#open(): number {
		try {
			const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
			return openSync(byteStringBytes(this.path), flags);
		} catch (cause) {
			throw BytesError.fromSystem(displayByteString(this.path), "read", cause);
		}
	}
}
