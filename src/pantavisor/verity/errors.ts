import { type PvpkgError, type RoomErrors, roomErrors } from "../../ground/bytes/index.js";

const KINDS = {
	/** The volume's size, the salt or the uuid is not one that dm-verity accepts. */
	ERR_VERITY_INPUT: "input",
	/** A hash file or a `_dm` manifest does not have the required form. */
	ERR_VERITY_FORMAT: "input",
	/** A block, a hash or the root hash is wrong. */
	ERR_VERITY_MISMATCH: "verification",
} as const;

export type VerityErrorCode = keyof typeof KINDS;

export const VerityError: RoomErrors<VerityErrorCode> = roomErrors("VerityError", KINDS);
export type VerityError = PvpkgError<VerityErrorCode>;
