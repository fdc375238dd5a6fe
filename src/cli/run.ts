import { CommanderError } from "commander";
import { optimiseLate } from "../internal.js";
import { readLeadingArguments } from "./leading-arguments.js";
import { commandWord, createProgram } from "./program.js";

/** Returns the words with `help COMMAND` and `--help COMMAND` as the help of that command, and `version` as --version. */
function orderHelp(argv: readonly string[]): readonly string[] {
	const [first, ...rest] = argv;
	if (first === "version" && rest.length === 0) return ["--version"];
	if (first === "help") return [...rest, "--help"];
	const asksFirst = (first === "--help" || first === "-h") && commandWord(rest) !== "";
	return asksFirst ? [...rest, "--help"] : argv;
}

/** Runs the command line with its arguments, and sets the exit code of the process. */
export async function run(argv: readonly string[]): Promise<void> {
	const { words, variables, directories } = readLeadingArguments(argv);
	Object.assign(process.env, variables);
	const code =
		process.platform === "win32" ? reportWindows() : await runCommand(orderHelp(words), directories);
	if (code !== 0) process.exitCode = code;
}

/** Runs the command that the words name; returns the exit code. */
async function runCommand(argv: readonly string[], directories: readonly string[]): Promise<number> {
	try {
		for (const directory of directories) await enter(directory);
		const program = await createProgram(argv);
		optimiseLate();
		await program.parseAsync(argv, { from: "user" });
		return Number(process.exitCode ?? 0);
	} catch (error) {
		if (error instanceof CommanderError && error.exitCode === 0) return 0;
		if ((error as { code?: unknown }).code === "EMFILE") return reportLackOfFiles();
		const { reportFailure } = await import("./failure.js");
		return reportFailure(error, argv.includes("--json"));
	}
}

/** Windows has neither the file names nor the permissions of Linux. */
function reportWindows(): number {
	process.stderr.write("pvpkg: this system: expected Linux or macOS, got Windows: run pvpkg in WSL\n");
	return 2;
}

/** The limit may be too low even to load the modules that report errors. */
function reportLackOfFiles(): number {
	process.stderr.write("pvpkg: open files: the limit is too low: raise it, such as by ulimit -n 256\n");
	return 6;
}

async function enter(directory: string): Promise<void> {
	try {
		process.chdir(directory);
	} catch (cause) {
		const { BytesError } = await import("../internal.js");
		throw BytesError.fromSystem(directory, "enter directory", cause);
	}
}
