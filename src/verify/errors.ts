import { type PvpkgError, type RoomErrors, roomErrors } from "../ground/bytes/index.js";

const KINDS = {
	/** A file that is not a policy, or a policy with a member that pvpkg does not know. */
	ERR_POLICY: "input",
	/** Verifying would take more work than a limit allows, which the message names. */
	ERR_VERIFY_LIMIT: "input",
} as const;

export type VerifyErrorCode = keyof typeof KINDS;

export const VerifyError: RoomErrors<VerifyErrorCode> = roomErrors("VerifyError", KINDS);
export type VerifyError = PvpkgError<VerifyErrorCode>;
