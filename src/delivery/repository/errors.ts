import { type PvpkgError, type RoomErrors, roomErrors } from "../../ground/bytes/index.js";

const KINDS = {
	/** Neither an address of a repository nor a directory with one. */
	ERR_REPOSITORY_ADDRESS: "input",
	/** A server's answer is not what pvr's protocol says. */
	ERR_REPOSITORY_ANSWER: "input",
	/** The server refuses a request. */
	ERR_REPOSITORY_REFUSED: "access",
	/** The server wants an account, which is not supported. */
	ERR_REPOSITORY_ACCOUNT: "access",
	/** An object does not have the digest in its name, or a download is too large. */
	ERR_REPOSITORY_OBJECT: "input",
	/** A part that was asked for is not there. */
	ERR_REPOSITORY_PART: "access",
	/** The server cannot answer now, or broke off. */
	ERR_REPOSITORY_BUSY: "transport",
} as const;

export type RepositoryErrorCode = keyof typeof KINDS;

export const RepositoryError: RoomErrors<RepositoryErrorCode> = roomErrors("RepositoryError", KINDS);
export type RepositoryError = PvpkgError<RepositoryErrorCode>;
