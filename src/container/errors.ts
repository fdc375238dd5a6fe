import { type PvpkgError, type RoomErrors, roomErrors } from "../ground/bytes/index.js";

const KINDS = {
	/** A src.json names no image, or another image came than the one it names. */
	ERR_BUILD_SOURCE: "input",
	/** What was asked for does not go together. */
	ERR_BUILD_REQUEST: "input",
	/** One platform has to be chosen, and none or several were. */
	ERR_BUILD_PLATFORM: "usage",
	/** A program of the image is not of the architecture asked for. */
	ERR_BUILD_ARCHITECTURE: "input",
} as const;

export type BuildErrorCode = keyof typeof KINDS;

export const BuildError: RoomErrors<BuildErrorCode> = roomErrors("BuildError", KINDS);
export type BuildError = PvpkgError<BuildErrorCode>;
