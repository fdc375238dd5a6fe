import { PvpkgError } from "../internal.js";

/** The command line itself is wrong. */
export class UsageError extends PvpkgError<"ERR_USAGE"> {
	constructor(message: string, options?: { readonly cause?: unknown }) {
		super("usage", "ERR_USAGE", message, options);
	}
}

/** Something that the command needs is not there, such as a key. */
export class MissingError extends PvpkgError<"ERR_MISSING"> {
	constructor(message: string, options?: { readonly cause?: unknown }) {
		super("access", "ERR_MISSING", message, options);
	}
}

/** The command did its work, and what it looked at did not pass. */
export class VerificationError extends PvpkgError<"ERR_VERIFICATION"> {
	constructor(message: string, options?: { readonly cause?: unknown }) {
		super("verification", "ERR_VERIFICATION", message, options);
	}
}

/** Something given to the command cannot be used. */
export class InputError extends PvpkgError<"ERR_INPUT"> {
	constructor(message: string, options?: { readonly cause?: unknown }) {
		super("input", "ERR_INPUT", message, options);
	}
}

/** The end of a command that failed and has reported why. */
export class CommandFailure extends Error {
	readonly exitCode: number;

	constructor(exitCode: number) {
		super(`exit code ${exitCode}`);
		this.exitCode = exitCode;
	}
}
