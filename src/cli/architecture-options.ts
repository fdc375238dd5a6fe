import { resolve } from "node:path";
import { type Command, Option } from "commander";
import {
	type ArchLabel,
	type Checkout,
	labelOfPath,
	lintArchitecture,
	type ObjectSource,
	parseLabel,
	type State,
} from "../internal.js";
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
		.option("--allow-arch-mismatch", "only warn about programs that devices of that architecture cannot run");
}

/** Returns the label of the devices that a package is for: that of `--arch`, else the one in its path. */
export function packageLabel(path: string, { arch }: ArchitectureFlags): ArchLabel | undefined {
	return arch ?? labelOfPath(path);
}

/** A state that is about to be published, with its objects and a path that may name the devices. */
interface Publication {
	readonly state: State;
	readonly objects: ObjectSource;
	readonly path: string;
	/** What a failed check prevented, for the message. */
	readonly undone: string;
}

/**
 * Checks, before a state is published, that devices can run its programs: the devices of its label if
 * `--arch` or the path names one, else at least one kind of device.
 * @throws VerificationError
 */
export function checkPrograms(session: Session, publication: Publication, flags: ArchitectureFlags): void {
	const { state, objects, path, undone } = publication;
	const label = packageLabel(path, flags);
	const { allowArchMismatch } = flags;
	const findings = lintArchitecture(state, objects, { label, allowArchMismatch });
	for (const { subject, message, severity } of findings) {
		session.terminal[severity === "error" ? "error" : "warn"](`${subject}: ${message}`);
	}
	if (findings.every(({ severity }) => severity !== "error")) return;
	const remedy = "--arch says which devices it is for; --allow-arch-mismatch only warns";
	throw new VerificationError(`${path}: check architecture: failed; ${undone} (${remedy})`);
}

/** Checks as `checkPrograms` does, for a checkout that is sent to a server. */
export function checkSentPrograms(session: Session, checkout: Checkout, flags: ArchitectureFlags): void {
	const { state, objects, directory } = checkout;
	checkPrograms(session, { state, objects, path: resolve(directory), undone: "nothing was sent" }, flags);
}
