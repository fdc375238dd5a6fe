import { Command, Option } from "commander";
import { discardPendingFiles, discardTemporaryDirectories } from "../internal.js";
import { CommandFailure, UsageError } from "./errors.js";
import { exitCodeOf } from "./exit-code.js";
import { COMMON_OPTIONS, groupCommonLast, inGroup } from "./option-group.js";
import { isSwitchedOn } from "./pvr-variables.js";
import { wordsOf } from "./reference.js";
import { openSession, type Session } from "./session.js";
import { Terminal } from "./terminal.js";

interface CommonOptions {
	readonly json?: boolean;
	readonly quiet?: boolean;
	readonly verbose?: boolean;
	readonly configDir?: string;
	readonly objectsDir?: string;
	readonly password?: string;
	/** `Name: value`, repeated: values may be credentials. */
	readonly header?: readonly string[];
}

/**
 * A command with the options that all have; `example` ends its help. Without short options
 * for a command that takes another program's, such as -quiet.
 */
export function createCommand(
	name: string,
	summary: string,
	example: string,
	{ shortOptions = true }: { readonly shortOptions?: boolean } = {},
): Command {
	const [quiet, verbose] = shortOptions ? ["-q, ", "-v, "] : ["", ""];
	const command = createGroup(name, summary, example).configureHelp({ groupItems: groupCommonLast });
	command.addHelpOption(new Option("-h, --help", "display help for command").helpGroup(COMMON_OPTIONS));
	return inGroup(command, COMMON_OPTIONS, (group) =>
		group
			.option("--json", "print one JSON document on standard output")
			.option(`${quiet}--quiet`, "print only what was asked for, warnings and errors")
			.option(`${verbose}--verbose`, "print more details, and all warnings")
			.option("--config-dir <dir>", "keys and settings (default: $PVR_CONFIG_DIR or ~/.pvr)")
			.option("--objects-dir <dir>", "allow a checkout to keep its objects in this directory outside of it"),
	);
}

/** A command of commands, whose options are theirs; `example` ends its help. */
export function createGroup(name: string, summary: string, example: string): Command {
	return new Command(name)
		.description(summary)
		.addHelpText("after", `\nExample:\n${example.replace(/^/gm, "  ")}`);
}

/** For options that name a file or directory. */
export function parsePath(text: string): string {
	if (text !== "") return text;
	throw new UsageError("--output: expected a file or directory, got nothing");
}

/** Makes a commander action of a handler that takes the session, the options and the arguments. */
export function action<Options extends object, Arguments extends unknown[]>(
	handler: (session: Session, options: Options, ...args: Arguments) => Promise<void> | void,
): (...args: unknown[]) => Promise<void> {
	return async (...args) => {
		const command = args.at(-1) as Command;
		const options = command.optsWithGlobals<Options & CommonOptions>();
		const headers = (options.header ?? []).map((header) => header.slice(header.indexOf(":") + 1).trim());
		const secrets = [options.password, process.env.PVR_REGISTRY_PASSWORD, ...headers].filter(
			(text) => text !== undefined,
		);
		const isVerbose = options.verbose || isSwitchedOn(process.env, "PVR_DEBUG");
		const verbosity = options.quiet ? "quiet" : isVerbose ? "verbose" : "normal";
		const words = wordsOf(command);
		const terminal = new Terminal({ json: options.json === true, verbosity, secrets, command: words });
		try {
			const session = openSession(terminal, process.env, options);
			await handler(session, options, ...(args.slice(0, -2) as Arguments));
		} catch (error) {
			terminal.failure(error);
			throw new CommandFailure(exitCodeOf(error));
		} finally {
			discardPendingFiles();
			discardTemporaryDirectories();
			terminal.close();
		}
	};
}
