import { existsSync } from "node:fs";
import type { Command } from "commander";
import {
	comparePackageFiles,
	DIFFERENCE_LIMIT,
	type Difference,
	formatDifference,
	LOCK_FILE,
	parseLabel,
	type Reproduction,
	reproduceProvenance,
	reproduceReleases,
} from "../../internal.js";
import { addCompatOption, type CompatFlags } from "../app-options.js";
import { action, createCommand } from "../command.js";
import type { PackageDifference } from "../documents/documents.js";
import { addEngineOptions, type EngineFlags } from "../engine-options.js";
import { UsageError, VerificationError } from "../errors.js";
import { addImageOptions, addOwnerOption, type ImageFlags, type OwnerFlags } from "../image-options.js";
import { readInput } from "../input-file.js";
import { addLockOptions, type LockFlags, readLockSettings } from "../lock-options.js";
import { addPackageOptions, type PackageFlags, packageReadOptions } from "../package-options.js";
import { addPatchOptions, type PatchFlags, patchRequest } from "../patch-options.js";
import type { Session } from "../session.js";
import { withProgress } from "../settings.js";

interface ReproFlags
	extends CompatFlags,
		EngineFlags,
		ImageFlags,
		OwnerFlags,
		LockFlags,
		PackageFlags,
		PatchFlags {
	readonly compare?: boolean;
	readonly provenance?: string;
	readonly withCache?: boolean;
	readonly defaultGroup?: string;
}

export function reproCommand(): Command {
	const command = createCommand(
		"repro",
		"Build packages again from the lock, without the cache, and name what differs (exit 5). It copies signatures, so it needs no key; verify checks them.",
		"pvpkg repro\npvpkg repro arm32v7\npvpkg repro downloads/web-1.0.arm64v8.tgz\npvpkg repro --compare old/web.tgz new/web.tgz\npvpkg repro web.amd64.tgz --provenance web.amd64.tgz.provenance.sigstore.json",
	)
		.argument("[arch|package...]", "labels of packages in releases/, or packages (default: all below pvpkg/)")
		.option("--compare", "build nothing: compare two packages, also those of pvr")
		.option(
			"--provenance <file>",
			"build as it says, and compare with it: parameters, inputs down to layers, state and images",
		)
		.option("--default-group <name>", "group for containers that name none");
	addPatchOptions(command);
	addLockOptions(addPackageOptions(command), { project: true });
	addCompatOption(addEngineOptions(addOwnerOption(addImageOptions(command, { usesCache: false }))));
	return command.action(
		action((session, flags: ReproFlags, words: string[]) => {
			if (flags.compare) return comparePair(session, flags, words);
			return flags.provenance === undefined
				? reproduce(session, flags, words)
				: reproduceRecorded(session, flags, flags.provenance, words);
		}),
	);
}

async function comparePair(session: Session, flags: ReproFlags, paths: string[]): Promise<void> {
	const [first, second] = paths;
	if (first === undefined || second === undefined || paths.length > 2) {
		throw new UsageError(`--compare: expected two packages, got ${paths.length}`);
	}
	const differences = await comparePackageFiles(first, second, packageReadOptions(session, flags));
	const subject = `${first}, ${second}`;
	session.terminal.result<"repro">(formatOutcome(subject, differences, `${first} ≠ ${second}`), {
		ok: differences.length === 0,
		packages: [first, second],
		differences: differences.map(plainDifference),
	});
	if (differences.length > 0) throw new VerificationError(`${subject}: compare: the packages differ`);
}

/** Builds as provenance says. A package of an export contains what it was made from. */
async function reproduceRecorded(
	session: Session,
	flags: ReproFlags,
	file: string,
	[path, ...others]: readonly string[],
): Promise<void> {
	if (others.length > 0) throw new UsageError(`--provenance: expected one package, got ${others.length + 1}`);
	const request = {
		directory: ".",
		provenance: readInput(file),
		subject: file,
		path,
		patch: patchRequest(flags),
		maximumUnpacked: flags.maxUnpacked,
	};
	const { label, differences } = await withProgress(
		session,
		runFlags(session, flags, existsSync(LOCK_FILE)),
		(settings) => reproduceProvenance(request, settings),
	);
	const found = differences.map(
		({ kind, subject, values }): Difference => ({
			level: kind === "input" ? "inputs" : "object",
			subject: kind,
			what: subject,
			values,
		}),
	);
	session.terminal.result<"repro">(formatOutcome(`${label}: ${file}`, found, "provenance ≠ built again"), {
		ok: found.length === 0,
		label,
		path: file,
		differences: differences.map(({ kind, subject, values }) => ({ kind, subject, values })),
	});
	if (found.length > 0) throw new VerificationError(`${file}: reproduce: built again, it differs`);
}

async function reproduce(session: Session, flags: ReproFlags, words: string[]): Promise<void> {
	const request = {
		directory: ".",
		...readTargets(words),
		compat: flags.compat,
		group: flags.defaultGroup,
		patch: patchRequest(flags),
		maximumUnpacked: flags.maxUnpacked,
	};
	report(
		session,
		await withProgress(session, runFlags(session, flags, true), (settings) =>
			reproduceReleases(request, settings),
		),
	);
}

/** The lock decides the inputs. The cache stays off, as it would only return what is to be checked. */
function runFlags(session: Session, flags: ReproFlags, locked: boolean) {
	const lock = { ...flags, locked: flags.locked ?? locked };
	const lockSettings = readLockSettings(session, lock, { project: true });
	return { ...flags, cache: flags.withCache === true, lockSettings };
}

/**
 * An existing path, or a word that looks like the path of a package, is a package; any other word is an
 * architecture.
 */
function readTargets(
	words: readonly string[],
): Pick<Parameters<typeof reproduceReleases>[0], "labels" | "packages"> {
	const packages = words.filter((word) => /\.(tgz|tar|tar\.gz)$/.test(word) || existsSync(word));
	if (packages.length === 0) {
		return { labels: words.length === 0 ? undefined : [...new Set(words.map(parseLabel))] };
	}
	if (packages.length === words.length) return { packages };
	throw new UsageError(`repro: expected architectures or packages, got both: ${words.join(" ")}`);
}

/** Reports the packages of all platforms, even after one that differs. */
function report({ terminal }: Session, results: readonly Reproduction[]): void {
	for (const line of new Set(results.map(({ inputs }) => formatInputs(inputs)))) terminal.info(line);
	const lines = results.map(({ label, path, differences }) =>
		formatOutcome(`${label}: ${path}`, differences, "the package ≠ built again"),
	);
	const failed = results.filter(({ differences }) => differences.length > 0);
	terminal.result<"repro">(lines.join("\n"), {
		ok: failed.length === 0,
		packages: results.map(({ label, path, inputs, differences }) => ({
			label,
			path,
			inputs,
			equal: differences.length === 0,
			differences: differences.map(plainDifference),
		})),
	});
	if (failed.length === 0) return;
	const paths = failed.map(({ path }) => path).join(", ");
	throw new VerificationError(
		`${paths}: reproduce: built again, ${failed.length === 1 ? "it differs" : "they differ"}`,
	);
}

/** Returns the inputs of the rebuilt package as text: program, engine, options. */
function formatInputs(inputs: Reproduction["inputs"]): string {
	const parts = Object.entries(inputs).map(([name, value]) => {
		return `${name.replace(/^option /, "")} ${name === "engine" ? value?.slice(0, 12) : value}`;
	});
	return `built again with ${parts.join(", ")}`;
}

/** One line for equal packages, else a line for each of the first differences. */
function formatOutcome(subject: string, differences: readonly Difference[], sides: string): string {
	if (differences.length === 0) return `${subject}: equal`;
	const shown = differences.slice(0, DIFFERENCE_LIMIT).map((each) => `  ${formatDifference(each)}`);
	const rest = differences.length - shown.length;
	return [
		`${subject}: differs (${sides})`,
		...shown,
		...(rest > 0 ? [`  and ${rest} more (--json has them)`] : []),
	].join("\n");
}

function plainDifference(found: Difference): PackageDifference {
	const { level, subject, what, values } = found;
	return { level, subject, what, values: values ?? null };
}
