import { CommanderError } from "commander";
import { PvpkgError } from "../internal.js";
import { CommandFailure, UsageError } from "./errors.js";
import { exitCodeOf } from "./exit-code.js";
import { Terminal } from "./terminal.js";

/** Reports whatever ended the command line without success; returns the exit code. */
export function reportFailure(error: unknown, json: boolean): number {
	if (error instanceof CommanderError) return reportUsage(error, json);
	// A command reports its own failures.
	if (error instanceof CommandFailure) return error.exitCode;
	// The rest are refused option values, and defects, which are shown with their stack.
	const verbosity = error instanceof PvpkgError ? "normal" : "verbose";
	const terminal = new Terminal({ json, verbosity });
	terminal.failure(error);
	terminal.close();
	return exitCodeOf(error);
}

/** Reports a usage error in the document; commander has printed it, or the list of commands, already. */
function reportUsage({ message }: CommanderError, json: boolean): number {
	const text = message === "(outputHelp)" ? "expected a command" : message.replace(/^error: /, "");
	if (json) new Terminal({ json, verbosity: "quiet" }).documentError(new UsageError(text));
	return 2;
}
