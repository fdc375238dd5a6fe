import { type Command, Option } from "commander";
import type { PatchRequest } from "../internal.js";
import { UsageError } from "./errors.js";

export interface PatchFlags {
	readonly patchFrom?: string;
	readonly patchLimit: number;
}

/** Adds the options that make overlays over the root file systems of devices. */
export function addPatchOptions(command: Command): Command {
	return command
		.option(
			"--patch-from <package|dir>",
			"keep the root.squashfs of this older package, and add an overlay of what differs",
		)
		.addOption(
			new Option(
				"--patch-limit <percent>",
				"make a whole image if the overlay is larger than this share of the old one",
			)
				.argParser(parsePercent)
				.default(50),
		);
}

/** Returns what the flags ask for. */
export function patchRequest({ patchFrom, patchLimit }: PatchFlags): PatchRequest | undefined {
	return patchFrom === undefined ? undefined : { from: patchFrom, limit: patchLimit };
}

function parsePercent(text: string): number {
	const percent = /^(\d{1,3})%?$/.exec(text)?.[1];
	if (percent !== undefined) return Number(percent);
	throw new UsageError(`--patch-limit: expected a percentage such as 50, got ${text}`);
}
