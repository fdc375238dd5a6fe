import type { ImageSettings, RenderRules } from "../source/index.js";
import { PantavisorError } from "../state/index.js";
import { DEVICE_SPLITTERS } from "./splitter.js";
import { encodeLxcValue } from "./value.js";

/**
 * Returns the value of `lxc.init.cmd` with the space before it (docs/formats/pvr.md#the-command): the first word
 * bare, all others in quotes, and a string as Entrypoint or Cmd unchanged.
 *
 * @throws PantavisorError ERR_LXC_VALUE for words that some liblxc of a device would not pass on unchanged.
 */
export function initCommand(settings: ImageSettings, rules: RenderRules): string {
	return rules.gluedCommand ? gluedCommand(settings) : ` ${encodeLxcValue(spacedCommand(settings))}`;
}

/** Returns what Docker would run. An Entrypoint or Cmd of one empty word counts as absent. */
function spacedCommand({ entrypoint, cmd }: ImageSettings): string {
	const program = programWords(entrypoint);
	const parameters = programWords(cmd);
	if (program === undefined) return parameters === undefined ? "/sbin/init" : programLine(parameters);
	const rest = typeof parameters === "string" ? [parameters] : (parameters ?? []);
	if (typeof program !== "string") return quoteWords([...program, ...rest]);
	return [program, ...rest.map(quote)].join(" ");
}

function programLine(words: string | readonly string[]): string {
	return typeof words === "string" ? words : quoteWords(words);
}

function programWords(words: ImageSettings["cmd"]): ImageSettings["cmd"] {
	return typeof words === "string" || words?.[0] ? words : undefined;
}

/** Returns the command as pvr writes it. */
function gluedCommand({ entrypoint, cmd }: ImageSettings): string {
	if (typeof entrypoint === "string") return ` ${entrypoint}`;
	const bare = (word: string): string => `"${word}"`;
	if (entrypoint === undefined) {
		if (cmd === undefined) return " /sbin/init";
		return typeof cmd === "string" || cmd[0] ? commandLine(cmd, bare) : "";
	}
	const program = entrypoint[0] ? commandLine(entrypoint, bare) : "";
	if (cmd === undefined) return program;
	return `${program} ${(typeof cmd === "string" ? [cmd] : cmd).map(bare).join("")}`;
}

function commandLine(words: string | readonly string[], quoteWord: (word: string) => string): string {
	if (typeof words === "string") return ` ${words}`;
	const [first = "", ...rest] = words;
	return ` ${[first, ...rest.map(quoteWord)].join(" ")}`;
}

/** Returns the words in quotes that every liblxc of a device understands, the first one bare if possible. */
function quoteWords(words: readonly string[]): string {
	const [first = "", ...rest] = words;
	const program = /[\s"'\\]/.test(first) ? quote(first) : first;
	const command = [program, ...rest.map(quote)].join(" ");
	const isSaid = DEVICE_SPLITTERS.some(({ split }) => sameWords(split(command), words));
	if (isSaid) return command;
	throw new PantavisorError(
		"ERR_LXC_VALUE",
		`lxc.init.cmd: render: ${JSON.stringify(words)}: the LXC of devices cannot start these words, expected no word that is empty, or ends in a quote or a backslash (put the command into a script)`,
	);
}

function sameWords(some: readonly string[], others: readonly string[]): boolean {
	return some.length === others.length && some.every((word, at) => word === others[at]);
}

function quote(word: string): string {
	return `"${word.replace(/["\\]/g, "\\$&")}"`;
}
