import { errorCode } from "./error-code.js";

/** What the system's codes mean for whoever reads a message. */
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
 * Returns why the system refused something, as words that need no table of codes; what has no words of its own as Node
 * says it. The code stays in the cause.
 */
export function systemReason(cause: unknown): string {
	const reason = REASONS[errorCode(cause) ?? ""];
	if (reason !== undefined) return reason;
	const text = cause instanceof Error ? cause.message : String(cause);
	// Node ends with the call and the path, maybe one that only we know: `, open '/a/.b.tmp'`.
	return text.replace(/, \w+(?: '.*')?$/s, "");
}
