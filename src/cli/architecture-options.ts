import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { type ArchLabel, type Checkout, labelOfPath, lintArchitecture, parseLabel } from "../internal.js";
import { VerificationError } from "./errors.js";
import type { Session } from "./session.js";

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

/**
 * Checks before a checkout is published that devices run its programs: those of its label, where `--arch` or
 * `releases/ARCH` says it, else any one device.
 * @throws VerificationError
 */
export function checkPrograms(session: Session, checkout: Checkout, flags: ArchitectureFlags): void {
	const { state, objects, directory } = checkout;
	const label = packageLabel(resolve(directory), flags);
	const { allowArchMismatch } = flags;
	const findings = lintArchitecture(state, objects, { label, allowArchMismatch });
	for (const { subject, message, severity } of findings) {
		session.terminal[severity === "error" ? "error" : "warn"](`${subject}: ${message}`);
	}
	if (findings.every(({ severity }) => severity !== "error")) return;
	const remedy = "--arch says which devices it is for; --allow-arch-mismatch only warns";
	throw new VerificationError(`${directory}: check architecture: failed; nothing was sent (${remedy})`);
}
