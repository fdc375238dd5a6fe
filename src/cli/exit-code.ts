import { type ErrorKind, PvpkgError } from "../internal.js";

const DEFECT = 1;
const INTERRUPTED = 130;

/** The exit code of each kind of error. */
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
	if (isLackOfMemory(error)) return EXIT_CODES.transport;
	return (error as Error | undefined)?.name === "AbortError" ? INTERRUPTED : DEFECT;
}

/** Whether the machine or a limit such as ulimit -v refused more memory, which is not a defect of the program. */
function isLackOfMemory(error: unknown): boolean {
	const { name, message = "" } = error instanceof Error ? error : ({} as Partial<Error>);
	const mayBe = name === "RangeError" || name === "ERR_WORKER_OUT_OF_MEMORY" || name === "Error";
	return mayBe && /allocation failed|out of memory|could not allocate memory/i.test(message);
}

/**
 * Describes an error for a person. The stack is for defects and for --verbose; a failed verification has
 * none.
 */
export function describeError(error: unknown): { code: string; message: string; stack: string | undefined } {
	if (error instanceof PvpkgError) {
		const stack = error.kind === "verification" ? undefined : error.stack;
		return { code: error.code, message: error.message, stack };
	}
	const { message = String(error), stack } = error instanceof Error ? error : {};
	if (isLackOfMemory(error)) {
		const remedy = "raise the limit, or give less with --jobs and --memory";
		return { code: "ERR_MEMORY", message: `memory: allocate: ${message}: ${remedy}`, stack };
	}
	return { code: "ERR_DEFECT", message: `${message} (this is a defect of pvpkg)`, stack };
}
