import { type Command, Option } from "commander";
import { type ArchLabel, labelOfPath, parseLabel } from "../internal.js";

/** Which devices a package is for. */
export interface ArchitectureFlags {
	readonly arch?: ArchLabel;
	readonly allowArchMismatch?: boolean;
}

/** Adds the options of commands that check whether devices run what packages hold. */
export function addArchitectureOptions(command: Command): Command {
	return command
		.addOption(
			new Option(
				"--arch <label>",
				"architecture of the devices, such as arm64v8 (default: that of NAME.ARCH.tgz or releases/ARCH)",
			).argParser(parseLabel),
		)
		.option("--allow-arch-mismatch", "only warn of programs that devices of that architecture do not run");
}

/** Returns the label of the devices that a package is for: as it was said, else as the path has it. */
export function packageLabel(path: string, { arch }: ArchitectureFlags): ArchLabel | undefined {
	return arch ?? labelOfPath(path);
}
