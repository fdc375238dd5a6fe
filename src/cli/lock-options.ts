import { existsSync } from "node:fs";
import { type Command, Option } from "commander";
import { type LockSettings, lockPlace } from "../internal.js";
import { UsageError } from "./errors.js";
import { inGroup } from "./option-group.js";
import type { Session } from "./session.js";
import { programVersion } from "./version.js";

/** How a lock is used. */
export interface LockFlags {
	readonly lock?: string;
	/** False with --no-locked. */
	readonly locked?: boolean;
	readonly frozen?: boolean;
	readonly from?: string;
	readonly allowVersion?: boolean;
}

/** Adds the options of a lock; a project has its lock beside pvpkg.json, an export names it. */
export function addLockOptions(command: Command, { project }: { readonly project: boolean }): Command {
	if (!project) {
		const text = "lock that says which image the name means";
		inGroup(command, "Lock:", (group) => group.option("--lock <file>", text));
	}
	return inGroup(command, "Lock:", (group) =>
		group
			.addOption(
				new Option("--locked", "refuse what the lock does not have (default in CI, where there is a lock)"),
			)
			.addOption(new Option("--no-locked", "look up what the lock does not have, in CI too"))
			.option("--frozen", "--locked and --offline")
			.option(
				"--from <layout>",
				"read every image from an OCI layout or archive that pvpkg fetch wrote; implies --locked",
			)
			.option("--allow-version", "with --frozen: take a lock that another version of pvpkg wrote"),
	);
}

/**
 * Returns how the lock is used, undefined without one.
 * @throws UsageError for options that need a lock where none is named.
 */
export function readLockSettings(
	{ variables }: Session,
	flags: LockFlags,
	{ project }: { readonly project: boolean },
): LockSettings | undefined {
	const path = project ? lockPlace(".") : flags.lock;
	checkContradiction(flags);
	const wanted = flags.frozen || flags.locked === true || flags.from !== undefined;
	if (path === undefined) {
		if (!wanted) return undefined;
		const option = flags.frozen ? "--frozen" : flags.locked ? "--locked" : "--from";
		throw new UsageError(`${option}: expected --lock FILE with it`);
	}
	const { from, allowVersion } = flags;
	const isCi = /^(1|true)$/i.test(variables.CI ?? "");
	// A layout must hold everything: nothing else is used.
	const strict = flags.frozen || from !== undefined || (flags.locked ?? (isCi && existsSync(path)));
	if (!wanted && !existsSync(path) && project) return undefined;
	const version = programVersion();
	return { path, strict, required: !project, from, version, frozen: flags.frozen, allowVersion };
}

/** @throws UsageError for options that contradict each other */
function checkContradiction({ locked, frozen, from }: LockFlags): void {
	if (locked !== false || (!frozen && from === undefined)) return;
	const other = frozen ? "--frozen" : "--from";
	throw new UsageError(`--no-locked: ${other} takes only what the lock has, expected one of the two`);
}
