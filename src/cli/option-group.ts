import { type Command, Help } from "commander";

/** Heading of the options that every command has. */
export const COMMON_OPTIONS = "Common options:";
/** Heading of the options that are a command's own, as commander has it. */
const OWN_OPTIONS = "Options:";

/** Adds options below a heading of their own in the help of a command. */
export function inGroup(command: Command, heading: string, add: (command: Command) => unknown): Command {
	const outer = command.optionsGroup() || OWN_OPTIONS;
	add(command.optionsGroup(heading));
	return command.optionsGroup(outer);
}

/** Groups what the help lists, as commander does; the options that every command has come last. */
export function groupCommonLast<Item>(
	this: Help,
	all: Item[],
	visible: Item[],
	groupOf: (item: Item) => string,
): Map<string, Item[]> {
	const groups = Help.prototype.groupItems.call(this, all as never[], visible as never[], groupOf as never);
	const common = groups.get(COMMON_OPTIONS);
	if (common !== undefined && groups.delete(COMMON_OPTIONS)) groups.set(COMMON_OPTIONS, common);
	return groups as unknown as Map<string, Item[]>;
}
