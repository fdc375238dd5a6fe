import {
	type ByteString,
	type Content,
	checkRange,
	contentSha256,
	type FilePlace,
	type FileVersion,
} from "../bytes/index.js";
import { changedMeanwhile, isSameVersion, readOnce } from "./file-place.js";

/** The digest of a file, and the version of the file that has it. */
export interface FileDigest {
	/** Lower-case hex. */
	readonly sha256: string;
	/** Version of the file that was read; undefined if nothing had to be read. */
	readonly version: FileVersion | undefined;
}

/**
 * A regular file's content that is opened at each read: for trees of more files than a process
 * may have open. A file that changed since it was listed (without a version: since the first read), or
 * became something else, is an error: its digest would no longer be that of its bytes.
 */
export class TreeFile implements Content {
	readonly path: ByteString;
	readonly size: number;
	#version: FileVersion | undefined;
	#sha256: string | undefined;

	/** @param version what the file was when its size was found. */
	constructor(path: ByteString, size: number, version?: FileVersion) {
		this.path = path;
		this.size = size;
		this.#version = version;
	}

	/** Known once another thread has hashed the file. */
	get sha256(): string | undefined {
		return this.#sha256;
	}

	/** Expected version of the file; undefined before the first read. */
	get version(): FileVersion | undefined {
		return this.#version;
	}

	/** @throws BytesError ERR_FILE and others, naming the path. */
	read(target: Uint8Array, position: number): void {
		checkRange(this.size, target.length, position);
		const { version } = readOnce(this.path, (read) => read(target, position));
		this.#version ??= version;
		if (!isSameVersion(this.#version, version)) throw changedMeanwhile(this.path);
	}

	/** Undefined until a version is known, because another thread cannot record the one that it finds. */
	place(position: number): FilePlace | undefined {
		return this.#version && { file: this.path, position, version: this.#version };
	}

	digest(): FileDigest {
		return { sha256: contentSha256(this), version: this.#version };
	}

	/** Adopts the digest of another thread, unless that thread read another version of the file. */
	adopt({ sha256, version }: FileDigest): void {
		this.#version ??= version;
		if (version === undefined || isSameVersion(this.#version!, version)) this.#sha256 = sha256;
	}
}
