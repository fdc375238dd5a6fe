import { type ErrorKind, PvpkgError } from "../index.js";

const DEFECT = 1;
const INTERRUPTED = 130;

/** The exit code of each kind of error (design part 4). */
const EXIT_CODES: Readonly<Record<ErrorKind, number>> = {
	defect: DEFECT,
	usage: 2,
	input: 3,
	access: 4,
	verification: 5,
	transport: 6,
};

/** Returns the exit code for whatever a command threw. */
export function exitCodeOf(error: unknown): number {
	if (error instanceof PvpkgError) return EXIT_CODES[error.kind];
	return (error as Error | undefined)?.name === "AbortError" ? INTERRUPTED : DEFECT;
}

/** Describes an error for a person: the stack is for defects, and for --verbose. */
export function describeError(error: unknown): { code: string; message: string; stack: string | undefined } {
	if (error instanceof PvpkgError) return { code: error.code, message: error.message, stack: error.stack };
	const { message = String(error), stack } = error instanceof Error ? error : {};
	return { code: "ERR_DEFECT", message: `${message} (this is a defect of pvpkg)`, stack };
}
