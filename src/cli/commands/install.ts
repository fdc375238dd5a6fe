import { existsSync } from "node:fs";
import type { Command } from "commander";
import { installImage, parseCiConfigPlatforms, parseProject } from "../../internal.js";
import { type AppFlags, addAppOptions, readAppSettings } from "../app-options.js";
import { action, createCommand } from "../command.js";
import { UsageError } from "../errors.js";
import { addImageOptions, addNameOption, type ImageFlags, ROOT_HELP } from "../image-options.js";
import { imageText } from "../image-text.js";
import { readInput } from "../input-file.js";
import { addPlatformOption, parsePlatforms } from "../platform-options.js";
import { openRunSettings } from "../settings.js";
import { formatTable } from "../terminal.js";

interface InstallFlags extends AppFlags, ImageFlags {
	readonly as?: string;
	readonly platform?: string;
	readonly packageName?: string;
	readonly packageVersion?: string;
	readonly force?: boolean;
}

const PROJECT = "pvpkg.json";
const CI_CONFIG = "container-ci.conf";

export function installCommand(): Command {
	const command = createCommand(
		"install",
		"Record an image in this project: pvpkg/ARCH/NAME/src.json, and pvpkg.json.",
		"pvpkg install -p linux/arm/v7,linux/arm64 nginx:1.27 web --group app",
	)
		.argument("<image>", ROOT_HELP)
		.argument("<name>", "name of the container")
		.option("--force", "replace an existing src.json")
		.option("--package-name <name>", "name for a new pvpkg.json (default: the container's)")
		.option("--package-version <version>", "version for a new pvpkg.json (default: v0.0.1)");
	addNameOption(command);
	addPlatformOption(
		command,
		`comma list of os/arch[/variant] (default: those of ${PROJECT}, else of ${CI_CONFIG})`,
	);
	return addImageOptions(addAppOptions(command)).action(
		action(async (session, flags: InstallFlags, text: string, name: string) => {
			const image = await imageText(session, text);
			const { base, ...options } = readAppSettings(session, flags);
			const request = {
				directory: ".",
				image,
				as: flags.as,
				name,
				platforms: parsePlatforms(flags.platform ?? configuredPlatforms()),
				options,
				base,
				force: flags.force,
				projectName: flags.packageName ?? (session.variables.PACKAGE_NAME || undefined),
				projectVersion: flags.packageVersion ?? (session.variables.PACKAGE_VERSION || undefined),
			};
			const sources = await installImage(request, openRunSettings(session, flags));
			const rows = sources.map(({ platform, path, digest }) => [platform, path, digest ?? "-"]);
			session.terminal.report<"install">(formatTable([["PLATFORM", "FILE", "DIGEST"], ...rows]), { sources });
		}),
	);
}

/** The platforms that the project names. @throws UsageError where it names none */
function configuredPlatforms(): string {
	const project = existsSync(PROJECT) ? parseProject(readInput(PROJECT), PROJECT) : undefined;
	if (project?.platforms !== undefined) return project.platforms.join(",");
	if (existsSync(CI_CONFIG)) {
		return parseCiConfigPlatforms(Buffer.from(readInput(CI_CONFIG)).toString("utf8"), CI_CONFIG).join(",");
	}
	throw new UsageError(
		`--platform: expected it, or platforms in ${PROJECT} or ${CI_CONFIG} of this directory`,
	);
}
