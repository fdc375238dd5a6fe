import type { TemplateArguments } from "../source/index.js";
import { PantavisorError } from "../state/index.js";

/** One line of `lxc.container.conf` and its origin: `Cmd`, `args.PV_DEBUG_MODE`, `default`. */
export interface ConfigLine {
	readonly text: string;
	readonly origins: readonly string[];
}

export function line(text: string, ...origins: readonly string[]): ConfigLine {
	return { text, origins };
}

/** Returns a fixed line if an argument switches it on. */
export function flagLine(args: TemplateArguments, name: string, text: string): ConfigLine[] {
	return args.has(name) ? [line(text, `args.${name}`)] : [];
}

/** Returns a line that is always written; `fallback` is its number when the argument is absent or null. */
export function countLine(args: TemplateArguments, key: string, name: string, fallback: string): ConfigLine {
	const value = args.scalar(name);
	if (value !== undefined && !/^[0-9]*$/.test(value)) {
		throw new PantavisorError(
			"ERR_ARGUMENT",
			`${name}: render: expected a number, got ${JSON.stringify(value)}`,
		);
	}
	return line(`${key} = ${value ?? fallback}`, value === undefined ? "default" : `args.${name}`);
}

/** Returns one line per item of a list argument. */
export function listLines(
	args: TemplateArguments,
	name: string,
	text: (item: string) => string,
): ConfigLine[] {
	return args.list(name).map((item) => line(text(item), `args.${name}`));
}
