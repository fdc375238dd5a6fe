import { createHash } from "node:crypto";

/**
 * Passes chunks on, the last one only after `check` has accepted the digest, so that damaged data never
 * arrives complete.
 * @param chunks each must stay unchanged after the next one is requested.
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
