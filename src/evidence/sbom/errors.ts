import { type PvpkgError, type RoomErrors, roomErrors } from "../../ground/bytes/index.js";

const KINDS = {
	/** A file is not an SPDX 2.3 or CycloneDX JSON document, or cannot be read as one. */
	ERR_SBOM_FORMAT: "input",
} as const;

export type SbomErrorCode = keyof typeof KINDS;

/** A document that is refused. The message names the file. */
export const SbomError: RoomErrors<SbomErrorCode> = roomErrors("SbomError", KINDS);
export type SbomError = PvpkgError<SbomErrorCode>;
