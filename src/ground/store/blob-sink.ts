import { createHash, type Hash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { type BlobSink, BlobThread } from "./blob-thread.js";

export type { BlobSink };

/** From this size on a blob is worth a message per batch to the thread. Bytes. */
const LEAST_FOR_THREAD = 4 << 20;

/**
 * Opens a sink for a blob of `size` bytes. Large blobs are hashed and written in another thread than the
 * receiving one.
 * @param hashed bytes at the start of the file that belong to the blob and must be hashed first.
 */
export async function openBlobSink(
	file: FileHandle,
	algorithm: string,
	{ size, hashed }: { readonly size: number; readonly hashed: number },
): Promise<BlobSink> {
	if (size >= LEAST_FOR_THREAD) return BlobThread.shared().openSink(file, algorithm, hashed);
	const hash = createHash(algorithm);
	const buffer = Buffer.allocUnsafeSlow(hashed);
	for (let done = 0; done < hashed; ) {
		const { bytesRead } = await file.read(buffer, done, hashed - done, done);
		if (bytesRead === 0) break;
		hash.update(buffer.subarray(done, done + bytesRead));
		done += bytesRead;
	}
	return new DirectSink(file, hash);
}

class DirectSink implements BlobSink {
	readonly #file: FileHandle;
	readonly #hash: Hash;

	constructor(file: FileHandle, hash: Hash) {
		this.#file = file;
		this.#hash = hash;
	}

	async append(
		batch: Uint8Array<ArrayBuffer>,
		size: number,
		position: number,
	): Promise<Uint8Array<ArrayBuffer>> {
		this.#hash.update(batch.subarray(0, size));
		for (let done = 0; done < size; ) {
			const { bytesWritten } = await this.#file.write(batch, done, size - done, position + done);
			done += bytesWritten;
		}
		return batch;
	}

	async digest(): Promise<string> {
		return this.#hash.copy().digest("hex");
	}

	close(): void {}
}

/** Starts the thread for large blobs early, as that takes a while. */
export function prepareBlobSinks(): void {
	BlobThread.shared();
}
