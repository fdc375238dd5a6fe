import { errorCode } from "./error-code.js";
import { systemReason } from "./system-reason.js";

/** What went wrong, for a caller who does not know the room; the command line makes the exit code of it. */
export type ErrorKind =
	/** The caller asked for something that does not go together. */
	| "usage"
	/** An input is malformed, or not what it says it is. */
	| "input"
	/** Something is not there, or may not be used. */
	| "access"
	/** A check was made, and what was checked did not pass. */
	| "verification"
	/** The network or the disk failed. */
	| "transport"
	/** A defect of pvpkg. */
	| "defect";

/**
 * The one class of all errors that a caller may want to tell apart, by their literal `code` or by their
 * kind. Messages read `<subject>: <action>: <reason>, expected X, got Y`.
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

/** Makes the errors of one room: the room's table says of which kind each of its codes is. */
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
	/** The disk is full, or a quota is. */
	ERR_DISK_FULL: "transport",
	/** A local file or directory that was asked for is not there. */
	ERR_FILE_NOT_FOUND: "access",
	/** A local file or directory may not be used by this user. */
	ERR_FILE_ACCESS: "access",
	/** What a path leads to is of another kind, such as a directory where a file was expected. */
	ERR_FILE_KIND: "input",
	/** The work is done, but a directory that it replaced could not be removed. */
	ERR_FILE_LEFT: "transport",
	/** A stored object's bytes are not those its name promises. */
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
