import {
	closeSync,
	constants,
	openSync,
	readdirSync,
	readSync,
	renameSync,
	rmSync,
	writeSync,
} from "node:fs";
import { join } from "node:path";
import { BytesError } from "../bytes/index.js";
import { regularFile } from "./cache-layout.js";

interface CacheFile {
	readonly name: string;
	/** Bytes. */
	readonly size: number;
}

/**
 * Files of one kind in a directory that many processes use at once. A file appears whole, by a
 * rename, and may vanish at any time; when it was used last is its modification time, which the
 * file system keeps, so that no clock is read here.
 */
export class CacheDirectory {
	readonly path: string;
	readonly #suffix: string;

	/** @param suffix how the names of the files end; all others are left alone. */
	constructor(path: string, suffix: string) {
		this.path = path;
		this.#suffix = suffix;
	}

	/** Lists the files, the last used first. What cannot be read, including the directory, counts as absent. */
	list(): readonly CacheFile[] {
		const files = this.#names().flatMap((name) => {
			const found = regularFile(join(this.path, name));
			return found ? [{ name, size: found.size, used: found.mtimeMs }] : [];
		});
		return files.sort((a, b) => b.used - a.used || (a.name < b.name ? -1 : 1));
	}

	/** Takes a finished file of the same file system. */
	adopt(path: string, name: string): void {
		try {
			renameSync(path, join(this.path, name));
		} catch (cause) {
			throw BytesError.fromSystem(join(this.path, name), "rename", cause);
		}
	}

	/** Marks a file as the one used last by writing its first byte again; a file without write permission is left unchanged. */
	renew(name: string): void {
		try {
			rewriteFirstByte(join(this.path, name));
		} catch {
			// It was removed meanwhile, or belongs to another user.
		}
	}

	/** Removes a file; one that is gone, or may not be removed, is not an error. */
	remove(name: string): void {
		try {
			rmSync(join(this.path, name), { force: true });
		} catch {
			// It belongs to another user.
		}
	}

	#names(): string[] {
		try {
			return readdirSync(this.path).filter((name) => name.endsWith(this.#suffix));
		} catch {
			return [];
		}
	}
}

function rewriteFirstByte(path: string): void {
	const descriptor = openSync(path, constants.O_RDWR | constants.O_NOFOLLOW);
	try {
		const first = new Uint8Array(1);
		if (readSync(descriptor, first, 0, 1, 0) === 1) writeSync(descriptor, first, 0, 1, 0);
	} finally {
		closeSync(descriptor);
	}
}
