import { type PvpkgError, type RoomErrors, roomErrors } from "../bytes/index.js";

const KINDS = {
	/** A header block is damaged: wrong checksum, or a number field without a number. */
	ERR_TAR_HEADER: "input",
	/** The stream ends inside a header, a body or its padding. */
	ERR_TAR_TRUNCATED: "input",
	/** A pax header is malformed, or the value of a record does not fit its key. */
	ERR_TAR_PAX: "input",
	/** A sparse map is malformed or does not fit its data. */
	ERR_TAR_SPARSE: "input",
	/** An entry of a type that images cannot have. */
	ERR_TAR_TYPE: "input",
	/** An entry without a name, or a link without a target. */
	ERR_TAR_NAME: "input",
	/** A number (size, owner, device) out of the range of file systems. */
	ERR_TAR_RANGE: "input",
	/** A limit of the reader is exceeded. */
	ERR_TAR_LIMIT: "input",
} as const;

export type TarErrorCode = keyof typeof KINDS;

/** A tar archive that is refused. The message names the entry and its byte offset. */
export const TarError: RoomErrors<TarErrorCode> = roomErrors("TarError", KINDS);
export type TarError = PvpkgError<TarErrorCode>;

/** A fault whose place is not known yet: the reader adds entry and offset. */
export class TarFault extends Error {
	readonly code: TarErrorCode;

	constructor(code: TarErrorCode, reason: string) {
		super(reason);
		this.code = code;
	}
}
