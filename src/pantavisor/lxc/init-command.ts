import type { ImageSettings, RenderRules } from "../source/index.js";
import { PantavisorError } from "../state/index.js";

/**
 * The value of `lxc.init.cmd` with the space before it (spec/pvr-behaviour.md 2.4): the first
 * word bare, every other in quotes, a textual Entrypoint or Cmd as it stands.
 *
 * @throws PantavisorError ERR_LXC_VALUE for an argument that liblxc has no quoting for.
 */
export function initCommand(settings: ImageSettings, rules: RenderRules): string {
	return rules.gluedCommand ? gluedCommand(settings) : spacedCommand(settings);
}

/** What Docker would run: an Entrypoint or Cmd of one empty word is none. */
function spacedCommand({ entrypoint, cmd }: ImageSettings): string {
	const program = programWords(entrypoint);
	const parameters = programWords(cmd);
	if (program === undefined && parameters === undefined) return " /sbin/init";
	if (program === undefined) return commandLine(parameters!, quote);
	const rest = typeof parameters === "string" ? [parameters] : (parameters ?? []);
	return commandLine(program, quote) + rest.map((word) => ` ${quote(word)}`).join("");
}

function programWords(words: ImageSettings["cmd"]): ImageSettings["cmd"] {
	return typeof words === "string" || words?.[0] ? words : undefined;
}

/** What pvr writes. */
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
	const program = quoteWord === quote && /\s/.test(first) ? quote(first) : first;
	return ` ${[program, ...rest.map(quoteWord)].join(" ")}`;
}

/** liblxc knows both quotes round a whole word, and no escapes. */
function quote(word: string): string {
	if (!word.includes('"')) return `"${word}"`;
	if (!word.includes("'")) return `'${word}'`;
	throw new PantavisorError(
		"ERR_LXC_VALUE",
		`lxc.init.cmd: render: ${word}: liblxc has no quoting for both kinds of quotes, expected one (let a script do it)`,
	);
}
