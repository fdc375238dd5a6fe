import { type PvpkgError, type RoomErrors, roomErrors } from "../../ground/bytes/index.js";

const KINDS = {
	/** A package that is not one: no gzip or tar, cut short, without a state. */
	ERR_PACKAGE_FORMAT: "input",
	/** The state names an object that is not there. */
	ERR_OBJECT_MISSING: "input",
	/** An object's bytes are not those its name promises. */
	ERR_OBJECT_HASH: "input",
	/** An object of 8 GiB or more: the device's tar reader cannot take it. */
	ERR_OBJECT_SIZE: "input",
	/** A package is larger than a limit of the reader, which the message names. */
	ERR_PACKAGE_LIMIT: "input",
	/** A package has something that a device would stumble over. */
	ERR_PACKAGE_STRUCTURE: "input",
} as const;

/** The codes of `ExportError`. */
export type ExportErrorCode = keyof typeof KINDS;

/** What is wrong with a package. */
export const ExportError: RoomErrors<ExportErrorCode> = roomErrors("ExportError", KINDS);
export type ExportError = PvpkgError<ExportErrorCode>;
