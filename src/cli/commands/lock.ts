import type { Command } from "commander";
import { checkLock, type LockChange, LockError, lockImages } from "../../internal.js";
import { action, createCommand } from "../command.js";
import { UsageError } from "../errors.js";
import { addImageOptions, type ImageFlags } from "../image-options.js";
import { addPlatformOption, parsePlatforms } from "../platform-options.js";
import { openBuildSettings } from "../settings.js";
import { formatBytes, formatTable } from "../terminal.js";
import { programVersion } from "../version.js";

interface LockCommandFlags extends ImageFlags {
	readonly platform?: string;
	/** True for all images, or the name of one. */
	readonly update?: boolean | string;
	readonly check?: boolean;
	readonly dryRun?: boolean;
}

export function lockCommand(): Command {
	const command = createCommand(
		"lock",
		"Record which images the names in this project mean: pvpkg.lock.json, and the digests in src.json.",
		"pvpkg lock\npvpkg lock --update nginx:1.27\npvpkg lock --check",
	)
		.argument("[images...]", "further images, for the platforms of -p")
		.option("--update [image]", "look tags up again, of one image or of all")
		.option("--check", "write nothing, and report what differs from the project (exit 3)")
		.option("--dry-run", "show what would change");
	addPlatformOption(command, "platforms of further images, as os/arch[/variant]");
	return addImageOptions(command).action(
		action(async (session, flags: LockCommandFlags, images: string[]) => {
			if (flags.check) {
				reportCheck(session.terminal, checkLock("."));
				return;
			}
			const platforms = flags.platform === undefined ? [] : parsePlatforms(flags.platform);
			if (images.length > 0 && platforms.length === 0)
				throw new UsageError(`lock ${images[0]}: expected its platforms by --platform`);
			const update = flags.update === true ? ("all" as const) : flags.update ? [flags.update] : undefined;
			const request = { directory: ".", images, platforms, update, dryRun: flags.dryRun };
			const report = await lockImages(
				{ ...request, version: programVersion() },
				openBuildSettings(session, flags),
			);
			session.terminal.report(formatChanges(report.changes, report.written), { ...report });
		}),
	);
}

function reportCheck(
	terminal: { result(text: string, document: object): void },
	differences: string[],
): void {
	terminal.result(differences.length === 0 ? "the lock is fresh" : "", { differences });
	if (differences.length === 0) return;
	const list = differences.map((difference) => `\n  ${difference}`).join("");
	throw new LockError("ERR_LOCK_STALE", `lock: check: the lock is stale ("pvpkg lock" mends it):${list}`);
}

function formatChanges(changes: readonly LockChange[], written: readonly string[]): string {
	if (changes.length === 0 && written.length === 0) return "nothing changed";
	const rows = changes.map(({ key, platform, before, after, size }) => [
		key,
		platform,
		before ?? "-",
		after,
		formatBytes(size),
	]);
	const table = formatTable([["IMAGE", "PLATFORM", "BEFORE", "NOW", "LAYERS"], ...rows]);
	return [...(changes.length > 0 ? [table] : []), ...written].join("\n");
}
