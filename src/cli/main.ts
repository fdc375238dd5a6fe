#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { discardPendingFiles, discardTemporaryDirectories, PvpkgError } from "../internal.js";
import { CommandFailure, forgetEmptyVariables, wordsOf } from "./command.js";
import { COMMANDS } from "./commands/index.js";
import { UsageError } from "./errors.js";
import { exitCodeOf } from "./exit-code.js";
import { readPvrArguments } from "./pvr-arguments.js";
import { Terminal } from "./terminal.js";
import { programVersion } from "./version.js";

/** With the one command that is asked for, or with all where the words name none. */
function createProgram(argv: readonly string[]): Command {
	const program = new Command("pvpkg")
		.description("Signed Pantavisor packages from container images, in one unprivileged process.")
		.version(programVersion())
		.helpCommand(false);
	const asked = commandWord(argv);
	const needsAll = asked === "completion";
	const isKnown = !needsAll && Object.values(COMMANDS).some((commands) => Object.hasOwn(commands, asked));
	for (const [heading, commands] of Object.entries(COMMANDS)) {
		program.commandsGroup(heading);
		for (const [name, create] of Object.entries(commands)) {
			if (!isKnown || name === asked) program.addCommand(create());
		}
	}
	forEachCommand(program, (command) => {
		command.exitOverride();
		const words = command === program ? "pvpkg" : `pvpkg ${wordsOf(command)}`;
		command.showHelpAfterError(`See '${words} --help'.`);
		forgetEmptyVariables(command, process.env);
	});
	return program;
}

/** Returns the word that names the command, empty without one. */
function commandWord(argv: readonly string[]): string {
	return argv.find((word) => !word.startsWith("-")) ?? "";
}

/** Returns the words with `help COMMAND` and `--help COMMAND` as the help of that command. */
function orderHelp(argv: readonly string[]): readonly string[] {
	const [first, ...rest] = argv;
	if (first === "help") return [...rest, "--help"];
	const asksFirst = (first === "--help" || first === "-h") && commandWord(rest) !== "";
	return asksFirst ? [...rest, "--help"] : argv;
}

function forEachCommand(command: Command, use: (command: Command) => void): void {
	use(command);
	for (const child of command.commands) forEachCommand(child, use);
}

/** Runs the command line; returns the exit code (design part 4). */
async function run(argv: readonly string[]): Promise<number> {
	const json = argv.includes("--json");
	try {
		await createProgram(argv).parseAsync(argv, { from: "user" });
		return Number(process.exitCode ?? 0);
	} catch (error) {
		if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : reportUsage(error, json);
		// A command reports its own failures.
		if (error instanceof CommandFailure) return error.exitCode;
		// What is left are values of options that were refused, and defects, which are shown whole.
		const verbosity = error instanceof PvpkgError ? "normal" : "verbose";
		const terminal = new Terminal({ json, verbosity });
		terminal.failure(error);
		terminal.close();
		return exitCodeOf(error);
	} finally {
		discardPendingFiles();
		discardTemporaryDirectories();
	}
}

/** Reports a usage error in the document; commander has printed it, or the list of commands, already. */
function reportUsage({ message }: CommanderError, json: boolean): number {
	const text = message === "(outputHelp)" ? "expected a command" : message.replace(/^error: /, "");
	if (json) new Terminal({ json, verbosity: "quiet" }).documentError(new UsageError(text));
	return 2;
}

// The writer of a result learns of an error itself; nobody can read a message about a closed standard error.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});

const { words, variables } = readPvrArguments(process.argv.slice(2));
Object.assign(process.env, variables);
const code = await run(orderHelp(words));
if (code !== 0) process.exitCode = code;
