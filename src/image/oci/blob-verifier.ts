import { createHash, type Hash } from "node:crypto";
import { digestAlgorithm } from "./digest.js";
import { OciError } from "./errors.js";
import type { Descriptor } from "./nouns.js";

/**
 * Checks a blob while its chunks pass: the size at every chunk, so that an endless body ends at the first byte too
 * many, and the digest at the end.
 */
export class BlobVerifier {
	readonly #subject: string;
	readonly #descriptor: Descriptor;
	readonly #hash: Hash;
	#size = 0;

	constructor(descriptor: Descriptor, subject: string) {
		this.#subject = subject;
		this.#descriptor = descriptor;
		this.#hash = createHash(digestAlgorithm(descriptor.digest));
	}

	/** Bytes seen so far. */
	get size(): number {
		return this.#size;
	}

	/** Counts and hashes a chunk. @throws OciError ERR_BLOB_SIZE when the blob is larger than its descriptor states. */
	update(chunk: Uint8Array): void {
		this.#size += chunk.length;
		if (this.#size > this.#descriptor.size) throw this.#sizeError(`at least ${this.#size}`);
		this.#hash.update(chunk);
	}

	/** Ends the blob. @throws OciError ERR_BLOB_SIZE when bytes are missing, ERR_BLOB_DIGEST when they are wrong. */
	finish(): void {
		const { size, digest } = this.#descriptor;
		if (this.#size !== size) throw this.#sizeError(`${this.#size}`);
		const got = `${digestAlgorithm(digest)}:${this.#hash.digest("hex")}`;
		if (got === digest) return;
		const message = `${this.#subject}: check digest: the ${size} bytes are wrong, expected ${digest}, got ${got}`;
		throw new OciError("ERR_BLOB_DIGEST", message);
	}

	#sizeError(got: string): OciError {
		const { digest, size } = this.#descriptor;
		const message = `${this.#subject}: check size of ${digest}: expected ${size} bytes, got ${got}`;
		return new OciError("ERR_BLOB_SIZE", message);
	}
}

/** Passes on the chunks of a blob, and throws, at the end at the latest, if they do not match the descriptor. */
export async function* verifyBlob(
	chunks: AsyncIterable<Uint8Array>,
	descriptor: Descriptor,
	subject: string,
): AsyncGenerator<Uint8Array> {
	const verifier = new BlobVerifier(descriptor, subject);
	for await (const chunk of chunks) {
		verifier.update(chunk);
		yield chunk;
	}
	verifier.finish();
}
