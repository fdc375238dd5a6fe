import type { Command, Option } from "commander";

/** A command of the program, or a group of commands. */
export interface ReferenceEntry {
	/** Words after `pvpkg`: `app add`. */
	readonly words: string;
	readonly command: Command;
}

/** Lists every command of a program in the order of the help, groups before their commands. */
export function listCommands(program: Command): ReferenceEntry[] {
	return program.commands.flatMap((command) => flatten(command, command.name()));
}

function flatten(command: Command, words: string): ReferenceEntry[] {
	const below = command.commands.flatMap((child) => flatten(child, `${words} ${child.name()}`));
	return [{ words, command }, ...below];
}

/** Returns the options of a command that its help shows. */
export function optionsOf(command: Command): readonly Option[] {
	return command.createHelp().visibleOptions(command);
}

/** Returns the words that name a command, without the program's own: `cache ls`. */
export function wordsOf(command: Command): string {
	const { parent } = command;
	return parent === null || parent.parent === null ? command.name() : `${wordsOf(parent)} ${command.name()}`;
}
