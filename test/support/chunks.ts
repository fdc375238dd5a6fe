/** Bytes as a stream, cut into pieces of `size`. */
export async function* chunked(bytes: Uint8Array, size: number = bytes.length): AsyncGenerator<Uint8Array> {
	for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** All chunks of a stream as one buffer. */
export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
	const all: Uint8Array[] = [];
	for await (const chunk of chunks) all.push(Uint8Array.from(chunk));
	return Buffer.concat(all);
}
