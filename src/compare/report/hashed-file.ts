import { contentSha256, utf8ByteString } from "../../ground/bytes/index.js";
import { type FileHasher, TreeFile } from "../../ground/files/index.js";
import type { PackageFile } from "./side.js";

/** The file of a package, whose digest another thread can make while this one has work of its own. */
export class HashedFile implements PackageFile {
	readonly #file: TreeFile;
	#hasher: FileHasher | undefined;

	constructor(path: string, size: number) {
		this.#file = new TreeFile(utf8ByteString(path), size);
	}

	get size(): number {
		return this.#file.size;
	}

	/** Has the threads of a hasher begin, if the file is large; they end when the digest is asked for. */
	begin(hasher: FileHasher): void {
		hasher.add(this.#file);
		this.#hasher = hasher;
	}

	async sha256(): Promise<string> {
		await this.#hasher?.finish();
		await this.#hasher?.close();
		return contentSha256(this.#file);
	}
}
