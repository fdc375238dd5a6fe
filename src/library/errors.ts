import { type PvpkgError, type RoomErrors, roomErrors } from "../ground/bytes/index.js";

const KINDS = {
	/** Neither a key nor `sign: false` was stated. */
	ERR_SIGN_CHOICE: "usage",
	/** An option is missing that has no default here, or cannot be used. */
	ERR_OPTION: "usage",
	/** Resources were used that are disposed of. */
	ERR_RESOURCES_CLOSED: "usage",
} as const;

export type LibraryErrorCode = keyof typeof KINDS;

export const LibraryError: RoomErrors<LibraryErrorCode> = roomErrors("LibraryError", KINDS);
export type LibraryError = PvpkgError<LibraryErrorCode>;
