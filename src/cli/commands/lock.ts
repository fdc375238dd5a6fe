import type { Command } from "commander";
import {
	checkLock,
	formatSize,
	type LockChange,
	LockError,
	lockImages,
	lockOutputs,
} from "../../internal.js";
import { addCompatOption, type CompatFlags } from "../app-options.js";
import { action, createCommand } from "../command.js";
import { addEngineOptions, type EngineFlags } from "../engine-options.js";
import { UsageError } from "../errors.js";
import { addImageOptions, addOwnerOption, type ImageFlags, type OwnerFlags } from "../image-options.js";
import { imageText } from "../image-text.js";
import { addPatchOptions, type PatchFlags, patchRequest } from "../patch-options.js";
import { addPlatformOption, parsePlatforms } from "../platform-options.js";
import type { Session } from "../session.js";
import { openRunSettings, withProgress } from "../settings.js";
import { formatTable, type Terminal } from "../terminal.js";
import { programVersion } from "../version.js";

interface LockCommandFlags extends CompatFlags, EngineFlags, ImageFlags, OwnerFlags, PatchFlags {
	readonly platform?: string;
	/** True for all images, or the name of one. */
	readonly update?: boolean | string;
	readonly check?: boolean;
	readonly dryRun?: boolean;
	readonly outputs?: boolean;
	readonly allowOutside?: boolean;
	readonly defaultGroup?: string;
}

export function lockCommand(): Command {
	const command = createCommand(
		"lock",
		"Record which images the names in this project mean: pvpkg.lock.json, and the digests in src.json.",
		"pvpkg lock\npvpkg lock --update nginx:1.27\npvpkg lock tar:rootfs.tar.gz\npvpkg lock --check",
	)
		.argument("[images...]", "further images, for the platforms of -p; or root file systems")
		.option("--update [image]", "look up again what is locked: one image or root file system, or all")
		.option("--check", "write nothing, and report what differs from the project (exit 3)")
		.option("--allow-outside", "take archives and directories that lie outside of the project")
		.option("--dry-run", "show what would change")
		.option("--outputs", "build the packages too, and record their digests for repro")
		.option("--default-group <name>", "with --outputs: group for containers that name none");
	addPlatformOption(command, "platforms of further images, as os/arch[/variant]");
	addPatchOptions(command);
	return addCompatOption(addEngineOptions(addOwnerOption(addImageOptions(command)))).action(
		action(async (session, flags: LockCommandFlags, texts: string[]) => {
			checkCheck(flags, texts);
			if (flags.check) {
				reportCheck(session.terminal, await checkLock(".", openRunSettings(session, flags)));
				return;
			}
			const images = await Promise.all(texts.map((text) => imageText(session, text, { rootfs: true })));
			const platforms = flags.platform === undefined ? [] : parsePlatforms(flags.platform);
			const update = flags.update === true ? ("all" as const) : flags.update ? [flags.update] : undefined;
			const { allowOutside, dryRun } = flags;
			const request = { directory: ".", images, platforms, update, allowOutside, dryRun };
			const report = await lockImages(
				{ ...request, version: programVersion() },
				openRunSettings(session, flags),
			);
			const outputs = flags.outputs && !flags.dryRun ? await recordOutputs(session, flags) : undefined;
			const text = [
				formatChanges(report.changes, report.written, dryRun),
				...(outputs ? [formatOutputs(outputs)] : []),
			];
			session.terminal.report<"lock">(text.join("\n"), { ...report, ...(outputs && { outputs }) });
		}),
	);
}

/** @throws UsageError for options that --check cannot fulfil, as it neither writes nor looks anything up */
function checkCheck({ check, update, outputs, dryRun }: LockCommandFlags, texts: readonly string[]): void {
	if (!check && !(outputs && dryRun)) return;
	const others = {
		"--update": update,
		"--outputs": outputs,
		"--dry-run": check && dryRun,
		IMAGE: texts.length > 0,
	};
	const other = Object.entries(others).find(([, isGiven]) => isGiven)?.[0];
	if (!check)
		throw new UsageError("--dry-run: expected it without --outputs, which builds to know the digests");
	if (other !== undefined)
		throw new UsageError(`--check: expected it alone, got ${other} too: it only compares`);
}

/** An unsigned package of the project by its digest. */
interface RecordedOutput {
	readonly label: string;
	readonly sha256: string;
	readonly size: number;
}

async function recordOutputs(session: Session, flags: LockCommandFlags): Promise<RecordedOutput[]> {
	const { compat, defaultGroup: group } = flags;
	const request = { directory: ".", compat, group, patch: patchRequest(flags), version: programVersion() };
	const outputs = await withProgress(session, flags, (settings) => lockOutputs(request, settings));
	return [...outputs].map(([label, { package: file }]) => ({ label, ...file }));
}

function formatOutputs(outputs: readonly RecordedOutput[]): string {
	const rows = outputs.map(({ label, size, sha256 }) => [label, formatSize(size), sha256]);
	return formatTable([["ARCH", "SIZE", "SHA256 (UNSIGNED)"], ...rows]);
}

function reportCheck(terminal: Terminal, differences: string[]): void {
	terminal.result<"lock">(differences.length === 0 ? "the lock is fresh" : "", { differences });
	if (differences.length === 0) return;
	const list = differences.map((difference) => `\n  ${difference}`).join("");
	throw new LockError("ERR_LOCK_STALE", `lock: check: the lock is stale ("pvpkg lock" updates it):${list}`);
}

function formatChanges(
	changes: readonly LockChange[],
	written: readonly string[],
	dryRun: boolean | undefined,
): string {
	if (changes.length === 0 && written.length === 0) return "nothing changed";
	const rows = changes.map(({ key, platform, before, after, size }) => [
		key,
		platform ?? "-",
		before ?? "-",
		after,
		size === undefined ? "-" : formatSize(size),
	]);
	const table = formatTable([["IMAGE", "PLATFORM", "BEFORE", "NOW", "SIZE"], ...rows]);
	const verb = dryRun ? "to be written" : "written";
	return [...(changes.length > 0 ? [table] : []), ...written.map((path) => `${verb}: ${path}`)].join("\n");
}
