import { type PvpkgError, type RoomErrors, roomErrors } from "../../ground/bytes/index.js";

const KINDS = {
	/** A file is not a statement, envelope or bundle, or cannot be read as one. */
	ERR_ATTESTATION_FORMAT: "input",
} as const;

export type AttestErrorCode = keyof typeof KINDS;

/** An attestation that is refused. The message names the file. */
export const AttestError: RoomErrors<AttestErrorCode> = roomErrors("AttestError", KINDS);
export type AttestError = PvpkgError<AttestErrorCode>;
