import { errorCode } from "./error-code.js";
import { systemReason } from "./system-reason.js";

/** What went wrong, for callers that do not know the room. It decides the exit code. */
export type ErrorKind =
	/** The request contradicts itself. */
	| "usage"
	/** An input is malformed, or not what it claims to be. */
	| "input"
	/** Something does not exist, or access to it is denied. */
	| "access"
	/** Something did not pass a check. */
	| "verification"
	/** The network or the disk failed. */
	| "transport"
	/** A defect of pvpkg. */
	| "defect";

/**
 * The class of all errors that callers can distinguish, by `code` or by `kind`. Messages read `<subject>:
 * <action>: <reason>, expected X, got Y`.
 */
export class PvpkgError<Code extends string = string> extends Error {
	readonly kind: ErrorKind;
	readonly code: Code;

	constructor(kind: ErrorKind, code: Code, message: string, options?: { readonly cause?: unknown }) {
		super(message, options?.cause === undefined ? undefined : { cause: options.cause });
		this.name = new.target.name;
		this.kind = kind;
		this.code = code;
	}
}

/** The error class of one room. A table of the room gives the kind of each code. */
export interface RoomErrors<Code extends string> {
	new (code: Code, message: string, options?: { readonly cause?: unknown }): PvpkgError<Code>;
}

/** Returns the error class of a room; `name` is the class's name in stack traces. */
export function roomErrors<Code extends string>(
	name: string,
	kinds: Readonly<Record<Code, ErrorKind>>,
): RoomErrors<Code> {
	return class extends PvpkgError<Code> {
		constructor(code: Code, message: string, options?: { readonly cause?: unknown }) {
			super(kinds[code], code, message, options);
			this.name = name;
		}
	};
}

const KINDS = {
	/** A local file could not be opened, read, written or renamed. */
	ERR_FILE: "transport",
	/** The disk is full, or a quota is used up. */
	ERR_DISK_FULL: "transport",
	/** A local file or directory does not exist. */
	ERR_FILE_NOT_FOUND: "access",
	/** This user has no permission for a local file or directory. */
	ERR_FILE_ACCESS: "access",
	/** A path leads to another kind of file, such as a directory in place of a file. */
	ERR_FILE_KIND: "input",
	/** The work is done, but a directory that it replaced could not be removed. */
	ERR_FILE_LEFT: "transport",
	/** The bytes of a stored object do not have the digest in its name. */
	ERR_OBJECT_DIGEST: "input",
} as const;

/** The codes of `BytesError`. */
export type BytesErrorCode = keyof typeof KINDS;

/** What went wrong with a local file or with stored bytes. */
export class BytesError extends PvpkgError<BytesErrorCode> {
	constructor(code: BytesErrorCode, message: string, options?: { readonly cause?: unknown }) {
		super(KINDS[code], code, message, options);
	}

	/** Wraps a `node:fs` error; `subject` is the path, `action` a verb such as "open". */
	static fromSystem(subject: string, action: string, cause: unknown): BytesError {
		const errno = errorCode(cause) ?? "";
		return new BytesError(systemCode(errno), `${subject}: ${action}: ${systemReason(cause)}`, { cause });
	}
}

function systemCode(errno: string): BytesErrorCode {
	if (errno === "ENOSPC" || errno === "EDQUOT") return "ERR_DISK_FULL";
	if (errno === "ENOENT") return "ERR_FILE_NOT_FOUND";
	if (errno === "EACCES" || errno === "EPERM") return "ERR_FILE_ACCESS";
	if (errno === "EISDIR") return "ERR_FILE_KIND";
	return "ERR_FILE";
}
