import { type PvpkgError, type RoomErrors, roomErrors } from "../../ground/bytes/index.js";

const KINDS = {
	/** A platform that has no label, or a label that names no platform. */
	ERR_RELEASE_LABEL: "input",
	/** pvpkg.json, container-ci.conf or the pvpkg/ tree does not have the required form. */
	ERR_RELEASE_PROJECT: "input",
	/** A part of the package name is missing or cannot stand in a file name. */
	ERR_RELEASE_NAME: "input",
} as const;

export type ReleaseErrorCode = keyof typeof KINDS;

export const ReleaseError: RoomErrors<ReleaseErrorCode> = roomErrors("ReleaseError", KINDS);
export type ReleaseError = PvpkgError<ReleaseErrorCode>;
