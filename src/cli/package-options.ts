import { type Command, Option } from "commander";
import type { PackageReadOptions } from "../internal.js";
import { sizeOption } from "./option-values.js";
import type { Session } from "./session.js";

export interface PackageFlags {
	/** Bytes. */
	readonly maxUnpacked?: number;
}

/** Adds the options of every command that reads packages. */
export function addPackageOptions(command: Command): Command {
	return command.addOption(
		new Option(
			"--max-unpacked <size>",
			"largest size that a package may unpack to, or a download may have, such as 8G (default: 4G)",
		).argParser(sizeOption("--max-unpacked")),
	);
}

/** Returns how packages are read, from the session and the flags. */
export function packageReadOptions(
	{ temporaryDirectory }: Session,
	{ maxUnpacked }: PackageFlags,
): PackageReadOptions {
	return { temporaryDirectory, maximumUnpacked: maxUnpacked };
}
