import { PvpkgError } from "../bytes/index.js";

export type CodecErrorCode =
	/** A compressed block is damaged, or expands to more than it may. */
	| "ERR_CODEC_DATA"
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
