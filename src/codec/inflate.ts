import { inflateSync } from "node:zlib";
import type { Decompressor } from "./compressor.js";
import { CodecError } from "./errors.js";

/** Returns a decompressor of zlib streams (RFC 1950). */
export function createInflateDecompressor(): Decompressor {
	return {
		decompress(block, maximum) {
			try {
				return inflateSync(block, { maxOutputLength: Math.max(1, maximum) });
			} catch (cause) {
				const reason = cause instanceof Error ? cause.message : String(cause);
				throw new CodecError("ERR_CODEC_DATA", `gzip block: decompress: ${reason}`, { cause });
			}
		},
	};
}
