import { SquashfsError } from "../format/index.js";

/** Parses a number of bytes with an optional K, M or G. */
export function parseSize(option: string, text: string): number {
	const match = /^(\d+)([kmg]?)$/i.exec(text);
	if (!match) throw optionError(option, `expected bytes, with K, M or G, got ${text}`);
	return Number(match[1]) * 1024 ** " kmg".indexOf(match[2]!.toLowerCase() || " ");
}

export function optionError(option: string, reason: string): SquashfsError {
	return new SquashfsError("ERR_SQUASHFS_OPTION", `format options: ${option}: ${reason}`);
}
