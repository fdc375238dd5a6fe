import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import {
	type ArchLabel,
	type ExportedPackage,
	type ExportRequest,
	exportImage,
	isDirectory,
	planExport,
	readStateFiles,
	type StateFile,
	selectParts,
	stateFile,
	streamImage,
	writeArchive,
	writeArchiveFile,
} from "../../index.js";
import {
	type AppFlags,
	addAppOptions,
	addCompatOption,
	type CompatFlags,
	collect,
	readAppSettings,
	readInput,
} from "../app-options.js";
import { action, createCommand } from "../command.js";
import { addEngineOptions, type EngineFlags } from "../engine-options.js";
import { UsageError } from "../errors.js";
import { addImageOptions, type ImageFlags, ROOT_HELP } from "../image-options.js";
import { withCheckout } from "../package-input.js";
import { formatPlan } from "../plan-table.js";
import { addPlatformOption, parsePlatforms } from "../platform-options.js";
import type { Session } from "../session.js";
import { openBuildSettings, withProgress } from "../settings.js";
import { addSigningOptions, openSigning, type SigningFlags } from "../signing-options.js";
import { formatBytes, formatTable } from "../terminal.js";

interface ExportFlags extends AppFlags, CompatFlags, EngineFlags, ImageFlags, SigningFlags {
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
		"Make signed packages of an image, one for each platform.",
		"pvpkg export nginx:1.27 web -p linux/amd64,linux/arm64 -o out/\npvpkg export web.tgz --parts web,_sigs/web.json",
	)
		.argument("<image>", ROOT_HELP)
		.argument("[name]", "name of the container; without it <image> is a package to make of this checkout")
		.option("--parts <list>", "of a checkout: comma list of the keys and directories to take")
		.option("--overlay <dir>", "files laid over the root file system: _config/NAME/...")
		.option("--file <path=file>", "further file of the container, such as mdev.json (repeatable)", collect)
		.option("-o, --output <file|dir|->", "package file, directory for NAME.ARCH.tgz, or - (default: .)")
		.option("--dry-run", "show what would be chosen and fetched, and what disk it needs")
		.option("--default-group <name>", "group for a container that names none");
	addPlatformOption(command, "comma list of os/arch[/variant] (default: all that the image has)");
	addCompatOption(addEngineOptions(addSigningOptions(addImageOptions(addAppOptions(command)))));
	return command.action(
		action(async (session, flags: ExportFlags, image: string, name?: string) => {
			if (name === undefined) return exportCheckout(session, flags, image);
			if (flags.parts !== undefined)
				throw new UsageError("--parts: expected one argument, the package to make");
			const { base, ...options } = readAppSettings(session, flags);
			if (base !== undefined) {
				throw new UsageError(
					`--base ${base}: expected a project or a checkout that has the container (install, app add)`,
				);
			}
			const request = {
				image,
				name,
				platforms: flags.platform === undefined ? undefined : parsePlatforms(flags.platform),
				options,
				compat: flags.compat,
				group: flags.defaultGroup,
				files: readNamedFiles(flags.file),
				overlay: flags.overlay === undefined ? undefined : readStateFiles(flags.overlay),
				signing: flags.sign === false || flags.dryRun ? undefined : openSigning(session, flags),
			};
			if (flags.dryRun) {
				const outputDirectory = flags.output === "-" ? "." : dirname(`${flags.output ?? "."}/-`);
				const plan = await planExport({ ...request, outputDirectory }, openBuildSettings(session, flags));
				session.terminal.result(formatPlan(plan), plan);
				return;
			}
			const output = flags.output ?? ".";
			if (output === "-") {
				if (session.terminal.json)
					throw new UsageError("--json: expected a file or directory beside it, got -o -");
				await withProgress(session, flags, (build) => streamImage(request, { write: writeToStdout }, build));
				return;
			}
			const path = packagePath(output, request);
			const packages = await withProgress(session, flags, (build) =>
				exportImage({ ...request, path }, build),
			);
			session.terminal.result(formatPackages(packages), { packages });
		}),
	);
}

/** As `pvr export`: the committed state, or parts of it. */
async function exportCheckout(session: Session, { parts }: ExportFlags, path: string): Promise<void> {
	if (!existsSync(".pvr")) {
		throw new UsageError(`export ${path}: expected a name for the container beside it, or a checkout here`);
	}
	await withCheckout(async ({ state, objects }) => {
		const chosen = parts === undefined ? state : selectParts(state, parts.split(",").filter(Boolean));
		if (path === "-") {
			await writeArchive(chosen, objects, { write: writeToStdout }, { gzip: false });
			return;
		}
		const gzip = /\.(gz|tgz)$/i.test(path);
		const { commit, discard: _, ...summary } = await writeArchiveFile(chosen, objects, path, { gzip });
		commit();
		session.terminal.result(path, { path, ...summary });
	});
}

/** `PATH=FILE` → a file of the container. */
function readNamedFiles(options: readonly string[] = []): Map<string, StateFile> {
	return new Map(
		options.map((text) => {
			const at = text.indexOf("=");
			const [path, file] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
			if (path === "" || file === "") throw new UsageError(`--file ${text}: expected PATH=FILE`);
			return [path, stateFile(path, readInput(file))] as const;
		}),
	);
}

function writeToStdout(bytes: Uint8Array): Promise<void> {
	return new Promise((resolve, reject) => {
		process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()));
	});
}

/** A directory takes NAME.ARCH.tgz; a file takes one platform, or names its place by $ARCH. */
function packagePath(
	output: string,
	{ name, platforms }: Omit<ExportRequest, "path">,
): (label: ArchLabel) => string {
	const directory = output.endsWith("/") || isDirectory(output);
	if (directory) return (label) => join(output, `${name}.${label}.tgz`);
	if (/\$(ARCH|\{ARCH\})/.test(output)) {
		return (label) => output.replaceAll(/\$(ARCH|\{ARCH\})/g, label);
	}
	let taken: ArchLabel | undefined;
	return (label) => {
		if (taken !== undefined || (platforms?.length ?? 1) > 1) {
			throw new UsageError(
				`${output}: write packages: expected a directory or $ARCH in the name, for several platforms`,
			);
		}
		taken = label;
		return output;
	};
}

function formatPackages(packages: readonly ExportedPackage[]): string {
	const rows = packages.map(({ platform, path, bytes, sha256 }) => [
		platform,
		path,
		formatBytes(bytes),
		sha256.slice(0, 12),
	]);
	return formatTable([["PLATFORM", "PACKAGE", "SIZE", "SHA256"], ...rows]);
}
