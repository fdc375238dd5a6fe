import { PvpkgError } from "../ground/bytes/index.js";

export type CodecErrorCode =
	/** Compressed data is damaged, ends early, or expands beyond what was allowed. */
	| "ERR_CODEC_DATA"
	/** Compressed data is sound but uses what we, or the kernel, do not support. */
	| "ERR_CODEC_UNSUPPORTED"
	/** Compressor options that the format or the kernel would refuse. */
	| "ERR_CODEC_OPTIONS"
	/** A compressor failed, or the thread it ran in ended. */
	| "ERR_CODEC_WORKER"
	/** The pool was closed while blocks were still waiting. */
	| "ERR_CODEC_CLOSED";

export class CodecError extends PvpkgError {
	readonly code: CodecErrorCode;

	constructor(code: CodecErrorCode, message: string, options?: { readonly cause?: unknown }) {
		super(message, options);
		this.code = code;
	}
}
