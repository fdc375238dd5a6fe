import { errorCode } from "./error-code.js";

/** Meaning of the system's error codes, for messages. */
const REASONS: Readonly<Record<string, string>> = {
	ENOENT: "it does not exist",
	ENOTDIR: "a part of its path is not a directory",
	EISDIR: "it is a directory",
	EEXIST: "it already exists",
	ENOTEMPTY: "the directory is not empty",
	EACCES: "this user has no permission",
	EPERM: "this user has no permission",
	EROFS: "the file system is read-only",
	ENOSPC: "no space is left on the disk",
	EDQUOT: "this user's disk quota is used up",
	EFBIG: "the file is too large for the file system",
	ENAMETOOLONG: "its name is too long",
	ELOOP: "too many symbolic links lead to it",
	EMFILE: "this process has too many files open",
	ENFILE: "this machine has too many files open",
	EIO: "the disk reports an error",
	EPIPE: "its reader is gone",
	ECONNREFUSED: "nothing is listening there",
};

/**
 * Returns the reason of a system error in words, or Node's message for an unknown code. The code stays in the
 * cause.
 */
export function systemReason(cause: unknown): string {
	const reason = REASONS[errorCode(cause) ?? ""];
	if (reason !== undefined) return reason;
	const text = cause instanceof Error ? cause.message : String(cause);
	// Node appends the call and the path, which may be an internal one: `, open '/a/.b.tmp'`.
	return text.replace(/, \w+(?: '.*')?$/s, "");
}
