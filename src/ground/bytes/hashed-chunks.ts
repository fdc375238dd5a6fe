import { createHash } from "node:crypto";

/**
 * Passes chunks on, the last of them only after `check` has seen the digest of all: what is damaged arrives nowhere
 * whole.
 * @param chunks each must stay as it is after the next one was asked for.
 * @param check throws for another lower-case hex SHA-256, or another number of bytes, than was promised.
 */
export async function* hashedChunks(
	chunks: AsyncIterable<Uint8Array>,
	check: (sha256: string, size: number) => void,
): AsyncGenerator<Uint8Array> {
	const hash = createHash("sha256");
	let size = 0;
	let last: Uint8Array | undefined;
	for await (const chunk of chunks) {
		if (last !== undefined) yield last;
		hash.update(chunk);
		size += chunk.length;
		last = chunk;
	}
	check(hash.digest("hex"), size);
	if (last !== undefined) yield last;
}
