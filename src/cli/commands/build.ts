import type { Command } from "commander";
import {
	type ArchLabel,
	buildReleases,
	formatBuildVersion,
	formatPackageName,
	formatSize,
	parseLabel,
	releaseSummary,
} from "../../internal.js";
import { addCompatOption, type CompatFlags } from "../app-options.js";
import { action, createCommand } from "../command.js";
import { addEngineOptions, type EngineFlags } from "../engine-options.js";
import { addEvidenceOptions, type EvidenceFlags, readEvidenceRequest } from "../evidence-options.js";
import { readGitFacts } from "../git.js";
import { addImageOptions, addOwnerOption, type ImageFlags, type OwnerFlags } from "../image-options.js";
import { addLockOptions, type LockFlags, readLockSettings } from "../lock-options.js";
import { addPatchOptions, type PatchFlags, patchRequest } from "../patch-options.js";
import type { Session } from "../session.js";
import { withProgress } from "../settings.js";
import { addSigningOptions, openSigning, type SigningFlags } from "../signing-options.js";
import { formatTable } from "../terminal.js";

interface BuildFlags
	extends CompatFlags,
		EngineFlags,
		ImageFlags,
		OwnerFlags,
		LockFlags,
		PatchFlags,
		EvidenceFlags,
		SigningFlags {
	readonly packageName?: string;
	readonly packageVersion?: string;
	readonly buildVersion?: string;
	readonly nameTemplate?: string;
	readonly defaultGroup?: string;
}

export function buildCommand(): Command {
	const command = createCommand(
		"build",
		"Build this project: releases/ARCH, a pvr checkout, and the package beside it.",
		"pvpkg build arm32v7 arm64v8",
	)
		.argument("[arch...]", "labels such as amd64, arm32v7 (default: all below pvpkg/)")
		.option("--package-name <name>", "instead of the name in pvpkg.json (PACKAGE_NAME)")
		.option("--package-version <version>", "instead of the version in pvpkg.json (PACKAGE_VERSION)")
		.option("--build-version <version>", "instead of what git describes (BUILD_VERSION)")
		.option(
			"--name-template <text>",
			"file name of packages, made of $PACKAGE_NAME and so on; or container-ci, gitlab",
		)
		.option("--default-group <name>", "group for containers that name none");
	addPatchOptions(command);
	addLockOptions(command, { project: true });
	addCompatOption(
		addEvidenceOptions(addEngineOptions(addSigningOptions(addOwnerOption(addImageOptions(command))))),
	);
	return command.action(
		action(async (session, flags: BuildFlags, labels: string[]) => {
			const signing = flags.sign === false ? undefined : openSigning(session, flags);
			const request = {
				directory: ".",
				labels: labels.length === 0 ? undefined : [...new Set(labels.map(parseLabel))],
				signing,
				...readEvidenceRequest(session, flags, signing),
				compat: flags.compat,
				group: flags.defaultGroup,
				patch: patchRequest(flags),
				packageName: packageNamer(session, flags),
			};
			const releases = await withProgress(
				session,
				{ ...flags, lockSettings: readLockSettings(session, flags, { project: true }) },
				(settings) => buildReleases(request, settings),
			);
			const documents = releases.map(({ directory, evidence }) => releaseSummary(directory, evidence));
			const rows = documents.map(({ label, path, size, sha256 }) => [
				label ?? "",
				path ?? "",
				formatSize(size),
				sha256,
			]);
			session.terminal.report<"build">(formatTable([["ARCH", "PACKAGE", "SIZE", "SHA256"], ...rows]), {
				releases: documents,
			});
		}),
	);
}

/** Flags win over variables, and variables over pvpkg.json and git. Git runs only if its answer is needed. */
function packageNamer({ variables }: Session, flags: BuildFlags) {
	const template = (flags.nameTemplate ?? variables.NAME_TEMPLATE) || "container-ci";
	const given = flags.buildVersion ?? (variables.BUILD_VERSION || undefined);
	let described: string | undefined;
	return (
		label: ArchLabel,
		project: { readonly name?: string | undefined; readonly version?: string | undefined },
	) => {
		return formatPackageName(template, {
			PACKAGE_NAME: flags.packageName ?? (variables.PACKAGE_NAME || project.name),
			PACKAGE_VERSION: flags.packageVersion ?? (variables.PACKAGE_VERSION || project.version),
			// Git is not needed for a template without this variable.
			get BUILD_VERSION() {
				described ??= given ?? formatBuildVersion(readGitFacts("."));
				return described;
			},
			ARCH: label,
		});
	};
}
