#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { discardPendingFiles, discardTemporaryDirectories, PvpkgError } from "../index.js";
import { CommandFailure, forgetEmptyVariables } from "./command.js";
import { COMMANDS } from "./commands/index.js";
import { exitCodeOf } from "./exit-code.js";
import { Terminal } from "./terminal.js";

/** With the one command that is asked for, or with all where the words name none. */
function createProgram(argv: readonly string[]): Command {
	const { version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"));
	const program = new Command("pvpkg")
		.description("Signed Pantavisor packages from container images, in one unprivileged process.")
		.version(version)
		.showHelpAfterError("(--help tells more)");
	const asked = argv.find((word) => !word.startsWith("-")) ?? "";
	const isKnown = Object.values(COMMANDS).some((commands) => Object.hasOwn(commands, asked));
	for (const [heading, commands] of Object.entries(COMMANDS)) {
		program.commandsGroup(heading);
		for (const [name, create] of Object.entries(commands)) {
			if (!isKnown || name === asked) program.addCommand(create());
		}
	}
	forEachCommand(program, (command) => {
		command.exitOverride();
		forgetEmptyVariables(command, process.env);
	});
	return program;
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
		// What a command failed with, it has told itself.
		if (error instanceof CommandFailure) return error.exitCode;
		// Elsewhere values of options are refused; all else is a defect, and has to be seen whole.
		const verbosity = error instanceof PvpkgError ? "normal" : "verbose";
		new Terminal({ json, verbosity }).failure(error);
		return exitCodeOf(error);
	} finally {
		discardPendingFiles();
		discardTemporaryDirectories();
	}
}

/** commander has said what is wrong with the command line, or shown the commands there are. */
function reportUsage({ message }: CommanderError, json: boolean): number {
	const text = message === "(outputHelp)" ? "expected a command" : message.replace(/^error: /, "");
	if (json)
		process.stdout.write(`${JSON.stringify({ error: { code: "ERR_USAGE", message: text } }, null, 2)}\n`);
	return 2;
}

// Who writes a result hears of it, and decides; of what nobody can hear there is nothing to say.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});

const code = await run(process.argv.slice(2));
if (code !== 0) process.exitCode = code;
