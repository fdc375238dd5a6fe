import { PvpkgError } from "../index.js";

export type CommandErrorCode = "ERR_USAGE" | "ERR_INPUT" | "ERR_MISSING" | "ERR_VERIFICATION";

/** The command line itself is wrong: exit code 2. */
export class UsageError extends PvpkgError {
	readonly code = "ERR_USAGE";
}

/** Something that the command needs is not there, such as a key: exit code 4. */
export class MissingError extends PvpkgError {
	readonly code = "ERR_MISSING";
}

/** The command did its work, and what it looked at did not pass: exit code 5. */
export class VerificationError extends PvpkgError {
	readonly code = "ERR_VERIFICATION";
}

/** Something given to the command cannot be used: exit code 3. */
export class InputError extends PvpkgError {
	readonly code = "ERR_INPUT";
}
