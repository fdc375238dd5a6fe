import { type PvpkgError, type RoomErrors, roomErrors } from "../ground/bytes/index.js";

const KINDS = {
	/** Compressed data is damaged, ends early, or expands beyond the limit. */
	ERR_CODEC_DATA: "input",
	/** Compressed data is sound but uses features that we, or the kernel, do not support. */
	ERR_CODEC_UNSUPPORTED: "input",
	/** Compressor options that the format or the kernel would refuse. */
	ERR_CODEC_OPTIONS: "input",
	/** A compressor failed, or the thread it ran in ended. */
	ERR_CODEC_WORKER: "defect",
	/** The pool was closed while blocks were still waiting. */
	ERR_CODEC_CLOSED: "defect",
} as const;

/** The codes of `CodecError`. */
export type CodecErrorCode = keyof typeof KINDS;

/** The error of compressing or expanding blocks. */
export const CodecError: RoomErrors<CodecErrorCode> = roomErrors("CodecError", KINDS);
export type CodecError = PvpkgError<CodecErrorCode>;
