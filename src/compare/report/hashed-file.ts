import { contentSha256, utf8ByteString } from "../../ground/bytes/index.js";
import { type FileHasher, TreeFile } from "../../ground/files/index.js";
import type { PackageFile } from "./side.js";

/** The file of a package. Another thread can compute its digest while this one does other work. */
export class HashedFile implements PackageFile {
	readonly #file: TreeFile;
	#hasher: FileHasher | undefined;

	constructor(path: string, size: number) {
		this.#file = new TreeFile(utf8ByteString(path), size);
	}

	get size(): number {
		return this.#file.size;
	}

	/** Starts the threads of a hasher if the file is large. They end when the digest is requested. */
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
