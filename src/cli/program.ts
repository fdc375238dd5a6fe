import { Command } from "commander";
import { COMMANDS, type ListedCommand } from "./commands/index.js";
import { wordsOf } from "./reference.js";
import { programVersion } from "./version.js";

/**
 * Creates the program for the words of a command line: with the command that they name, or, where they name none,
 * with every command as the help lists it.
 */
export async function createProgram(argv: readonly string[]): Promise<Command> {
	const asked = commandWord(argv);
	// The script for a shell has the options of all commands.
	if (asked === "completion") return wholeProgram();
	const listed = listedCommands().find(({ names }) => names.includes(asked));
	const program = listed === undefined ? listing() : addCommands(emptyProgram(), [await listed.create()]);
	return prepare(program);
}

/** Creates the program with all commands and their options. */
export async function wholeProgram(): Promise<Command> {
	const commands = await Promise.all(listedCommands().map(({ create }) => create()));
	return prepare(addCommands(emptyProgram(), commands));
}

/** Returns the word that names the command, empty without one. */
export function commandWord(argv: readonly string[]): string {
	return argv.find((word) => !word.startsWith("-")) ?? "";
}

function listedCommands() {
	return Object.values(COMMANDS).flatMap((commands) =>
		Object.entries(commands).map(([name, { aliases = [], load }]) => ({
			names: [name, ...aliases],
			create: async () => (await load())(),
		})),
	);
}

function emptyProgram(): Command {
	return (
		new Command("pvpkg")
			.description("Signed Pantavisor packages from container images, in one unprivileged process.")
			.version(programVersion())
			// Options before the command are read before commander sees the arguments.
			.option("-C <dir>", "go to this directory first")
			.helpCommand(false)
			// After the command -C would be taken, and nobody would go there.
			.enablePositionalOptions()
	);
}

function addCommands(program: Command, commands: readonly Command[]): Command {
	for (const command of commands) program.addCommand(command);
	return program;
}

/** The program as its help shows it: names and a few words about each command, by headings. */
function listing(): Command {
	const program = emptyProgram().configureHelp({ subcommandTerm: termOf }).addHelpText("after", FIRST_STEPS);
	for (const [heading, commands] of Object.entries(COMMANDS)) {
		program.commandsGroup(heading);
		for (const [name, listed] of Object.entries(commands)) program.addCommand(stub(name, listed));
	}
	return program;
}

/** Ends the help: what somebody who sees it for the first time does next. */
const FIRST_STEPS = `
To begin:
  pvpkg keygen                                      a key to sign with, once
  pvpkg export nginx:1.27 web -p linux/arm64        makes web.arm64v8.tgz
  pvpkg verify web.arm64v8.tgz                      what a device would find
  pvpkg push 192.168.1.20 web.arm64v8.tgz           onto a device

'pvpkg COMMAND --help' has the options of a command and examples of it.`;

function termOf(command: Command): string {
	return [command.name(), ...command.aliases()].join(", ");
}

function stub(name: string, { summary, aliases = [] }: ListedCommand): Command {
	return new Command(name).aliases(aliases).description(summary);
}

function prepare(program: Command): Command {
	forEachCommand(program, (command) => {
		command.exitOverride();
		const words = command === program ? "pvpkg" : `pvpkg ${wordsOf(command)}`;
		command.showHelpAfterError(`See '${words} --help'.`);
		forgetEmptyVariables(command, process.env);
	});
	return program;
}

function forEachCommand(command: Command, use: (command: Command) => void): void {
	use(command);
	for (const child of command.commands) forEachCommand(child, use);
}

/**
 * CI systems hand on variables that have no value as empty ones: they count as unset. Switches are
 * off, too, by the words that mean it to pvr.
 */
function forgetEmptyVariables({ options }: Command, variables: NodeJS.ProcessEnv): void {
	for (const { envVar, required, optional } of options) {
		const value = envVar && variables[envVar];
		const isOff = !required && !optional && /^(0|f|false)$/i.test(value ?? "");
		if (envVar && (value === "" || isOff)) delete variables[envVar];
	}
}
