import { type PvpkgError, type RoomErrors, roomErrors } from "../../ground/bytes/index.js";

const KINDS = {
	/** A file is not a package: no gzip or tar, cut short, or without a state. */
	ERR_PACKAGE_FORMAT: "input",
	/** The state names an object that the package does not contain. */
	ERR_OBJECT_MISSING: "input",
	/** The bytes of an object do not have the digest in its name. */
	ERR_OBJECT_HASH: "input",
	/** An object of 8 GiB or more: the device's tar reader cannot take it. */
	ERR_OBJECT_SIZE: "input",
	/** A package is larger than a limit of the reader, which the message names. */
	ERR_PACKAGE_LIMIT: "input",
	/** A package contains something that causes errors on devices. */
	ERR_PACKAGE_STRUCTURE: "input",
} as const;

/** The codes of `ExportError`. */
export type ExportErrorCode = keyof typeof KINDS;

/** What is wrong with a package. */
export const ExportError: RoomErrors<ExportErrorCode> = roomErrors("ExportError", KINDS);
export type ExportError = PvpkgError<ExportErrorCode>;
