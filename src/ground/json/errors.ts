import { type PvpkgError, type RoomErrors, roomErrors } from "../bytes/index.js";

const KINDS = {
	/** The text is not JSON (RFC 8259), not UTF-8, or nested too deeply. */
	ERR_JSON_SYNTAX: "input",
	/** A number is too large to be written out in canonical form. */
	ERR_JSON_NUMBER: "input",
} as const;

export type JsonErrorCode = keyof typeof KINDS;

export const JsonError: RoomErrors<JsonErrorCode> = roomErrors("JsonError", KINDS);
export type JsonError = PvpkgError<JsonErrorCode>;
