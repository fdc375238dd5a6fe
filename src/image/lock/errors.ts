import { type PvpkgError, type RoomErrors, roomErrors } from "../../ground/bytes/index.js";

const KINDS = {
	/** The lock is not JSON, or a member of it is malformed. */
	ERR_LOCK_FORMAT: "input",
	/** The lock was made by a newer pvpkg. */
	ERR_LOCK_VERSION: "input",
	/** The lock lacks something that is needed, or contradicts the project. */
	ERR_LOCK_STALE: "input",
	/** What is to be locked is not part of the project, or differs between machines. */
	ERR_LOCK_PLACE: "input",
	/** The place that a lock is read with lacks what the lock names. */
	ERR_LOCK_CONTENT: "access",
	/** There is no lock. */
	ERR_LOCK_MISSING: "access",
} as const;

export type LockErrorCode = keyof typeof KINDS;
export const LockError: RoomErrors<LockErrorCode> = roomErrors("LockError", KINDS);
export type LockError = PvpkgError<LockErrorCode>;
