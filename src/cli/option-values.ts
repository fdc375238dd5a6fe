import { parseSize } from "../internal.js";
import { UsageError } from "./errors.js";

/** Collects the values of an option that may be given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
	return [...before, value];
}

/** Returns what reads the value of an option that names a file or directory to write, which `-` is not. */
export function fileOption(name: string): (text: string) => string {
	return (text) => {
		if (text !== "" && text !== "-") return text;
		const hint = text === "-" ? "- (./- is a file of that name)" : "nothing";
		throw new UsageError(`${name}: expected a file or directory, got ${hint}`);
	};
}

/** Returns what reads the value of an option that is a size, as budgets have it: `200M` or `1.5 GB` → bytes. */
export function sizeOption(name: string): (text: string) => number {
	return (text) => {
		const size = parseSize(text);
		if (size !== undefined) return size;
		throw new UsageError(`${name}: expected a size such as 500M, 2GiB or 1500000, got ${text}`);
	};
}

/** Returns what reads the value of an option that is a whole number. */
export function numberOption(name: string): (text: string) => number {
	return (text) => {
		if (/^\d{1,6}$/.test(text)) return Number(text);
		throw new UsageError(`${name}: expected a number from 0 to 999999, got ${text}`);
	};
}
