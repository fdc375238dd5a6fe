/**
 * The one base of all errors that a caller may want to tell apart. Each room has one
 * subclass whose `code` is a union of literals; the command line maps codes to exit codes.
 *
 * Messages read `<subject>: <action>: <reason>, expected X, got Y`.
 */
export abstract class PvpkgError extends Error {
	abstract readonly code: string;

	constructor(message: string, options?: { readonly cause?: unknown }) {
		super(message, options?.cause === undefined ? undefined : { cause: options.cause });
		this.name = new.target.name;
	}
}

export type BytesErrorCode =
	/** A local file could not be opened, read, written or renamed. */
	| "ERR_FILE"
	/** The disk is full, or a quota is. */
	| "ERR_DISK_FULL"
	/** A local file or directory that was asked for is not there. */
	| "ERR_FILE_NOT_FOUND"
	/** A local file or directory may not be used by this user. */
	| "ERR_FILE_ACCESS"
	/** What a path leads to is of another kind, such as a directory where a file was expected. */
	| "ERR_FILE_KIND"
	/** A stored object's bytes are not those its name promises. */
	| "ERR_OBJECT_DIGEST";

export class BytesError extends PvpkgError {
	readonly code: BytesErrorCode;

	constructor(code: BytesErrorCode, message: string, options?: { readonly cause?: unknown }) {
		super(message, options);
		this.code = code;
	}

	/** Wraps a `node:fs` error; `subject` is the path, `action` a verb such as "open". */
	static fromSystem(subject: string, action: string, cause: unknown): BytesError {
		const errno = (cause as NodeJS.ErrnoException).code ?? "";
		const text = cause instanceof Error ? cause.message : String(cause);
		// Node ends with the call and the path, maybe one that only we know: `, open '/a/.b.tmp'`.
		const reason = text.replace(/, \w+(?: '.*')?$/s, "");
		return new BytesError(systemCode(errno), `${subject}: ${action}: ${reason}`, { cause });
	}
}

function systemCode(errno: string): BytesErrorCode {
	if (errno === "ENOSPC" || errno === "EDQUOT") return "ERR_DISK_FULL";
	if (errno === "ENOENT") return "ERR_FILE_NOT_FOUND";
	if (errno === "EACCES" || errno === "EPERM") return "ERR_FILE_ACCESS";
	if (errno === "EISDIR") return "ERR_FILE_KIND";
	return "ERR_FILE";
}
