import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import {
	type ArchLabel,
	checkOutputDirectory,
	checkOutputFile,
	type ExportRequest,
	exportImage,
	formatSize,
	isDirectory,
	type PackageSummary,
	packageSummary,
	planExport,
	readStateFiles,
	type State,
	type StateFile,
	selectParts,
	stateFile,
	streamImage,
	writeArchive,
	writeArchiveFile,
} from "../../internal.js";
import {
	type AppFlags,
	addAppOptions,
	addCompatOption,
	type CompatFlags,
	readAppSettings,
} from "../app-options.js";
import { action, createCommand, parsePath } from "../command.js";
import { addEngineOptions, type EngineFlags } from "../engine-options.js";
import { InputError, UsageError } from "../errors.js";
import { addEvidenceOptions, type EvidenceFlags, readEvidenceRequest } from "../evidence-options.js";
import {
	addImageOptions,
	addInputOptions,
	type ImageFlags,
	type InputFlags,
	ROOT_HELP,
} from "../image-options.js";
import { imageText } from "../image-text.js";
import { readInput } from "../input-file.js";
import { addLockOptions, type LockFlags, readLockSettings } from "../lock-options.js";
import { collect } from "../option-values.js";
import { withCheckout } from "../package-input.js";
import { addPatchOptions, type PatchFlags, patchRequest } from "../patch-options.js";
import { formatPlan, plainPlan } from "../plan-table.js";
import { addPlatformOption, parsePlatforms } from "../platform-options.js";
import type { Session } from "../session.js";
import { openRunSettings, withProgress } from "../settings.js";
import { addSigningOptions, openSigning, type SigningFlags } from "../signing-options.js";
import { checkStandardOutput, writeToStdout } from "../standard-output.js";
import { formatTable } from "../terminal.js";

interface ExportFlags
	extends AppFlags,
		CompatFlags,
		EngineFlags,
		ImageFlags,
		InputFlags,
		LockFlags,
		PatchFlags,
		EvidenceFlags,
		SigningFlags {
	readonly platform?: string;
	readonly output?: string;
	readonly defaultGroup?: string;
	readonly dryRun?: boolean;
	readonly parts?: string;
	readonly overlay?: string;
	readonly file?: readonly string[];
}

export function exportCommand(): Command {
	const command = createCommand(
		"export",
		"Make signed packages from an image, one for each platform.",
		"pvpkg export nginx:1.27 web -p linux/amd64,linux/arm64 -o out/\npvpkg export web.tgz --parts web,_sigs/web.json",
	)
		.argument("<image>", ROOT_HELP)
		.argument("[name]", "name of the container; without it <image> is a package to make of this checkout");
	addPlatformOption(
		command,
		"comma list of os/arch[/variant] (default: every platform that the image has and pvpkg knows)",
	)
		.option(
			"-o, --output <file|dir|->",
			"package file, directory for NAME.ARCH.tgz, or - (default: .)",
			parsePath,
		)
		.option("--dry-run", "show what would be chosen and fetched, and what disk it needs")
		.option("--default-group <name>", "group for a container that names none")
		.option(
			"--overlay <dir>",
			"directory whose files become _config/NAME/..., which devices lay over the root file system",
		)
		.option("--file <path=file>", "further file of the container, such as mdev.json (repeatable)", collect);
	addInputOptions(command);
	addPatchOptions(command);
	command.option("--parts <list>", "of a checkout: comma list of the keys and directories to take");
	addLockOptions(command, { project: false });
	addCompatOption(
		addEvidenceOptions(
			addEngineOptions(addSigningOptions(addImageOptions(addAppOptions(command, { base: false })))),
		),
	);
	return command.action(
		action(async (session, flags: ExportFlags, text: string, name?: string) => {
			if (name === undefined) return exportCheckout(session, flags, text);
			if (flags.parts !== undefined)
				throw new UsageError("--parts: expected one argument, the package to make");
			const image = await imageText(session, text);
			return exportOrigin(session, flags, exportRequest(session, flags, image, name));
		}),
	);
}

function exportRequest(
	session: Session,
	flags: ExportFlags,
	image: string,
	name: string,
): Omit<ExportRequest, "path"> {
	const { base, ...options } = readAppSettings(session, flags);
	if (base !== undefined) {
		throw new UsageError(
			`--base ${base}: expected a project or a checkout that has the container (install, app add)`,
		);
	}
	const signing = flags.sign === false || flags.dryRun ? undefined : openSigning(session, flags);
	return {
		image,
		as: flags.as,
		name,
		platforms: flags.platform === undefined ? undefined : parsePlatforms(flags.platform),
		options,
		compat: flags.compat,
		group: flags.defaultGroup,
		files: readNamedFiles(session, flags.file),
		overlay: flags.overlay === undefined ? undefined : readOverlay(session, flags.overlay),
		patch: patchRequest(flags),
		signing,
		...(flags.dryRun ? {} : readEvidenceRequest(session, flags, signing)),
	};
}

async function exportOrigin(
	session: Session,
	flags: ExportFlags,
	request: Omit<ExportRequest, "path">,
): Promise<void> {
	const { output = "." } = flags;
	const locked = { ...flags, lockSettings: readLockSettings(session, flags, { project: false }) };
	if (flags.dryRun) {
		const outputDirectory = output === "-" ? "." : dirname(`${output}/-`);
		const plan = await planExport({ ...request, outputDirectory }, openRunSettings(session, locked));
		session.terminal.result<"export">(formatPlan(plan), plainPlan(plan));
	} else if (output === "-") {
		checkStandardOutput(session);
		const beside = request.sbom ? "--sbom" : request.provenance ? "--provenance" : undefined;
		if (beside !== undefined) throw new UsageError(`${beside}: expected a file or directory, got -`);
		await withProgress(session, locked, (build) => streamImage(request, { write: writeToStdout }, build));
	} else {
		checkPackagePlace(output);
		const path = packagePath(output, request);
		const evidence = await withProgress(session, locked, (build) => exportImage({ ...request, path }, build));
		const packages = evidence.map(packageSummary);
		session.terminal.report<"export">(formatPackages(packages), { packages });
	}
}

/** Flags that only make sense with an image. None has a variable, which may be set for other commands. */
const IMAGE_FLAGS = [
	"as",
	"platform",
	"output",
	"overlay",
	"file",
	"sbom",
	"provenance",
	"arg",
	"volume",
	"config",
] as const;

/** As `pvr export`: the committed state, or parts of it. */
async function exportCheckout(session: Session, flags: ExportFlags, path: string): Promise<void> {
	if (!existsSync(".pvr")) {
		const image = "a name for its container after an image (pvpkg export IMAGE NAME)";
		throw new UsageError(`export ${path}: expected ${image}, or a checkout here`);
	}
	const given = flags.dryRun ? "dry-run" : IMAGE_FLAGS.find((name) => flags[name] !== undefined);
	if (given !== undefined) {
		throw new UsageError(`--${given}: expected an image and a name, got only ${path} (a package to make)`);
	}
	await withCheckout(session, async ({ state, objects }) => {
		const chosen = flags.parts === undefined ? state : chooseParts(session, state, flags.parts);
		if (path === "-") {
			checkStandardOutput(session);
			await writeArchive(chosen, objects, { write: writeToStdout }, { gzip: false });
			return;
		}
		checkOutputFile(path);
		const gzip = /\.(gz|tgz)$/i.test(path);
		const {
			commit,
			bytes: size,
			sha256,
			objects: count,
		} = await writeArchiveFile(chosen, objects, path, { gzip });
		commit();
		session.terminal.report<"export">(path, { path, size, sha256, objects: count });
	});
}

/** Like pvr, accepts a part that the state does not have. */
function chooseParts({ terminal }: Session, state: State, list: string): State {
	const parts = list.split(",").filter(Boolean);
	for (const part of parts) {
		if (selectParts(state, [part]).size <= 1) terminal.warn(`--parts ${part}: the state has nothing of it`);
	}
	const chosen = selectParts(state, parts);
	if (chosen.size > 1) return chosen;
	throw new InputError(`--parts ${list}: choose: the state has none of these, the package would be empty`);
}

/** Reads the files of an overlay; a directory that holds `_config` itself was meant one level deeper. */
function readOverlay({ terminal }: Session, directory: string): ReturnType<typeof readStateFiles> {
	const files = readStateFiles(directory);
	const nested = [...files.keys()].find((path) => path.startsWith("_config/"));
	if (nested !== undefined) {
		terminal.warn(
			`--overlay ${directory}: ${nested} becomes _config/NAME/${nested}, expected ${directory}/_config/NAME`,
		);
	}
	return files;
}

/** `PATH=FILE` → a file of the container. */
function readNamedFiles({ terminal }: Session, options: readonly string[] = []): Map<string, StateFile> {
	return new Map(
		options.map((text) => {
			const at = text.indexOf("=");
			const [path, file] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
			if (path === "" || file === "") throw new UsageError(`--file ${text}: expected PATH=FILE`);
			warnUnread(terminal, path);
			return [path, stateFile(path, readInput(file))] as const;
		}),
	);
}

/** Documents that devices, or tools, look for in a container. */
const READ_DOCUMENTS = ["mdev", "services", "pvpkg", "src", "run"].map((name) => `${name}.json`);

function warnUnread(terminal: Session["terminal"], path: string): void {
	if (!/^[^/]+\.json$/.test(path) || READ_DOCUMENTS.includes(path)) return;
	const advice =
		path === "network.json" ? " (members of run.json, such as network, come from --run-json)" : "";
	terminal.warn(`--file ${path}: no device reads a file of this name${advice}`);
}

/** Checks before the work that the packages can be written. The value of $ARCH is not known yet. */
function checkPackagePlace(output: string): void {
	const known = output.split(/\/[^/]*\$(?:ARCH|\{ARCH\})/)[0]!;
	if (known !== output) checkOutputDirectory(known || "/");
	else if (output.endsWith("/") || isDirectory(output)) checkOutputDirectory(output);
	else if (!/\$(ARCH|\{ARCH\})/.test(output)) checkOutputFile(output);
}

/** A directory takes NAME.ARCH.tgz; a file takes one platform. Either may have $ARCH in its name. */
function packagePath(
	output: string,
	{ name, platforms }: Omit<ExportRequest, "path">,
): (label: ArchLabel) => string {
	const named = (label: ArchLabel) => output.replaceAll(/\$(ARCH|\{ARCH\})/g, label);
	const directory = output.endsWith("/") || isDirectory(output);
	if (directory) return (label) => join(named(label), `${name}.${label}.tgz`);
	if (named("amd64") !== output) return named;
	let taken: ArchLabel | undefined;
	return (label) => {
		if (taken !== undefined || (platforms?.length ?? 1) > 1) {
			throw new UsageError(
				`${output}: write packages: expected ${output}/ or $ARCH in the name, for several platforms`,
			);
		}
		taken = label;
		return output;
	};
}

function formatPackages(packages: readonly PackageSummary[]): string {
	const rows = packages.map(({ platform, path, size, sha256 }) => [
		platform,
		path ?? "-",
		formatSize(size),
		sha256,
	]);
	return formatTable([["PLATFORM", "PACKAGE", "SIZE", "SHA256"], ...rows]);
}
