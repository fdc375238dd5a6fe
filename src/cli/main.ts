#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { discardPendingFiles, discardTemporaryDirectories } from "../index.js";
import { CommandFailure } from "./command.js";
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
	forEachCommand(program, (command) => command.exitOverride());
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
		// What a command failed with, it has told itself; only a defect comes from elsewhere.
		if (!(error instanceof CommandFailure)) new Terminal({ json, verbosity: "verbose" }).failure(error);
		return error instanceof CommandFailure ? error.exitCode : exitCodeOf(error);
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

// A reader that goes away early (`pvpkg inspect | head`) is no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
	if (error.code === "EPIPE") process.exit(0);
	throw error;
});

process.exitCode = await run(process.argv.slice(2));
