import { type PvpkgError, type RoomErrors, roomErrors } from "../../ground/bytes/index.js";

const KINDS = {
	/** A path has no package, or several for one platform. */
	ERR_COMPARE_INPUT: "input",
	/** A budget is malformed. */
	ERR_BUDGET: "input",
} as const;

export type CompareErrorCode = keyof typeof KINDS;

export const CompareError: RoomErrors<CompareErrorCode> = roomErrors("CompareError", KINDS);
export type CompareError = PvpkgError<CompareErrorCode>;
