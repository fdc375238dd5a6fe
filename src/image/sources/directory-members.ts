import { join } from "node:path";
import { BytesError } from "../../ground/bytes/index.js";
import { type FileContent, openFileContent } from "../../ground/files/index.js";
import type { MemberSet } from "./member-set.js";

/** Files of a directory that are open at the same time: an index may list more than a process can have open. */
const MAXIMUM_OPEN = 32;

/** The files below a directory. Paths come from digests and constants, never from a document. */
export function directoryMembers(directory: string): MemberSet {
	const files = new OpenFiles();
	return {
		name: directory,
		async open(path) {
			const place = join(directory, path);
			const found = files.findOpen(place);
			return (
				found && {
					size: found.size,
					read: (target, at) => files.open(place).read(target, at),
					reopen: () => openFileContent(place),
				}
			);
		},
		close: () => files.close(),
	};
}

/** Files that stay open until others are needed, and are opened again when they are read after that. */
class OpenFiles {
	/** By path, the one that was used longest ago first. */
	readonly #files = new Map<string, FileContent>();

	/** @throws BytesError as `openFileContent` */
	open(path: string): FileContent {
		const file = this.#files.get(path) ?? openFileContent(path);
		this.#files.delete(path);
		this.#files.set(path, file);
		for (const [oldest, unused] of this.#files) {
			if (this.#files.size <= MAXIMUM_OPEN) break;
			this.#files.delete(oldest);
			unused.close();
		}
		return file;
	}

	/** The same, but `undefined` where there is no such file. */
	findOpen(path: string): FileContent | undefined {
		try {
			return this.open(path);
		} catch (error) {
			if (error instanceof BytesError && error.code === "ERR_FILE_NOT_FOUND") return undefined;
			throw error;
		}
	}

	close(): void {
		for (const file of this.#files.values()) file.close();
		this.#files.clear();
	}
}
