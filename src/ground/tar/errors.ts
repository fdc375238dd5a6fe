import { PvpkgError } from "../bytes/index.js";

export type TarErrorCode =
	/** A header block is damaged: checksum, or a number field that is no number. */
	| "ERR_TAR_HEADER"
	/** The stream ends inside a header, a body or its padding. */
	| "ERR_TAR_TRUNCATED"
	/** A pax header is malformed, or a record's value is not what its key demands. */
	| "ERR_TAR_PAX"
	/** A sparse map is malformed or does not fit its data. */
	| "ERR_TAR_SPARSE"
	/** An entry of a type that has no place in an image. */
	| "ERR_TAR_TYPE"
	/** An entry without a name, or a link without a target. */
	| "ERR_TAR_NAME"
	/** A number (size, owner, device) outside what a file system can hold. */
	| "ERR_TAR_RANGE"
	/** A limit of the reader is exceeded. */
	| "ERR_TAR_LIMIT";

/** A tar archive that is refused. The message names the entry and its byte offset. */
export class TarError extends PvpkgError {
	readonly code: TarErrorCode;

	constructor(code: TarErrorCode, message: string, options?: { readonly cause?: unknown }) {
		super(message, options);
		this.code = code;
	}
}

/** What is wrong, before it is known where: the reader adds entry and offset. */
export class TarFault extends Error {
	readonly code: TarErrorCode;

	constructor(code: TarErrorCode, reason: string) {
		super(reason);
		this.code = code;
	}
}
