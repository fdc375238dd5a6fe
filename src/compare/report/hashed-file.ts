import { processorCount } from "../../codec/index.js";
import { contentSha256, utf8ByteString } from "../../ground/bytes/index.js";
import { FileHasher, TreeFile } from "../../ground/files/index.js";
import type { PackageFile } from "./side.js";

/** The file of a package, whose digest another thread can make while this one has work of its own. */
export class HashedFile implements PackageFile {
	readonly #file: TreeFile;
	readonly #hasher: FileHasher = new FileHasher(processorCount() > 1 ? 1 : 0);
	#isBegun = false;

	constructor(path: string, size: number) {
		this.#file = new TreeFile(utf8ByteString(path), size);
	}

	get size(): number {
		return this.#file.size;
	}

	/** Has another thread begin with a large file. */
	begin(): void {
		if (!this.#isBegun) this.#hasher.add(this.#file);
		this.#isBegun = true;
	}

	async sha256(): Promise<string> {
		await this.#hasher.finish();
		await this.#hasher.close();
		return contentSha256(this.#file);
	}

	/** Ends the thread, if there is one. */
	close(): void {
		void this.#hasher.close();
	}
}
