import { Command } from "commander";
import { COMMANDS, type ListedCommand } from "./commands/index.js";
import { wordsOf } from "./reference.js";
import { programVersion } from "./version.js";

/**
 * Creates the program for a command line: with the one command that it names, or else with the list of all
 * commands.
 */
export async function createProgram(argv: readonly string[]): Promise<Command> {
	const asked = commandWord(argv);
	// The completion script needs the options of all commands.
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
			// Otherwise -C would be accepted after the command, without effect.
			.enablePositionalOptions()
	);
}

function addCommands(program: Command, commands: readonly Command[]): Command {
	for (const command of commands) program.addCommand(command);
	return program;
}

/** Creates the program that prints the help: each command with a few words, below headings. */
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
		command.configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "pvpkg: ")) });
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
 * Treats empty variables as unset, because CI systems pass them on for variables without a value. Switches
 * are also off for the words that pvr reads as off.
 */
function forgetEmptyVariables({ options }: Command, variables: NodeJS.ProcessEnv): void {
	for (const { envVar, required, optional } of options) {
		const value = envVar && variables[envVar];
		const isOff = !required && !optional && /^(0|f|false)$/i.test(value ?? "");
		if (envVar && (value === "" || isOff)) delete variables[envVar];
	}
}
