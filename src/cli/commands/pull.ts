import type { Command } from "commander";
import { formatSize, planImage, pullImage } from "../../internal.js";
import { action, createCommand } from "../command.js";
import { UsageError } from "../errors.js";
import { addImageOptions, IMAGE_HELP, type ImageFlags } from "../image-options.js";
import { imageText } from "../image-text.js";
import { fileOption } from "../option-values.js";
import { formatPlan, plainPlan } from "../plan-table.js";
import { addPlatformOption, parsePlatforms } from "../platform-options.js";
import { openRunSettings, withProgress } from "../settings.js";

interface PullFlags extends ImageFlags {
	readonly platform?: string;
	readonly output?: string;
	readonly tag?: string;
	readonly dryRun?: boolean;
}

export function pullCommand(): Command {
	const command = createCommand(
		"pull",
		"Fetch an image into the content store, for --offline, or into an OCI layout or archive.",
		"pvpkg pull nginx:1.27 -p linux/arm64 -o layout",
	)
		.argument("<image>", IMAGE_HELP)
		.option("-o, --output <dir>", "OCI layout to write as well; or oci-archive:FILE", fileOption("--output"))
		.option("--tag <name>", "name of the image in the layout (default: latest)")
		.option("--dry-run", "show what would be fetched");
	addPlatformOption(command, "comma list of os/arch[/variant] (default: all that the image has)");
	return addImageOptions(command).action(
		action(async (session, flags: PullFlags, text: string) => {
			const image = await imageText(session, text);
			const platforms = flags.platform === undefined ? undefined : parsePlatforms(flags.platform);
			if (flags.dryRun) {
				const request = {
					image,
					platforms,
					outputDirectory: flags.output?.replace(/^oci-archive:/, "") ?? ".",
				};
				const plan = await planImage(request, openRunSettings(session, flags));
				session.terminal.result<"pull">(formatPlan(plan), plainPlan(plan));
				return;
			}
			const request = { image, platforms, layout: flags.output, tag: flags.tag };
			const plan = await withProgress(session, flags, (settings) => {
				if (settings.cacheDirectory === undefined && flags.output === undefined) {
					throw new UsageError("pull: nothing would be kept, expected -o, --cache-dir or PVPKG_CACHE_DIR");
				}
				return pullImage(request, settings);
			});
			session.terminal.report<"pull">(`${image}: fetched ${formatSize(plan.fetchBytes)}`, plainPlan(plan));
		}),
	);
}
