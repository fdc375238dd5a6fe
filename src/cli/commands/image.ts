import type { Command } from "commander";
import {
	describeImage,
	formatCounted,
	formatSize,
	type ImageDescription,
	listTags,
	type PlatformDescription,
} from "../../internal.js";
import { action, createCommand, createGroup } from "../command.js";
import {
	addImageOptions,
	addRegistryOptions,
	IMAGE_HELP,
	type ImageFlags,
	type RegistryFlags,
} from "../image-options.js";
import { imageText } from "../image-text.js";
import { addPlatformOption, parsePlatforms } from "../platform-options.js";
import { openRunSettings, registryOptions } from "../settings.js";

export function imageCommand(): Command {
	return createGroup("image", "Look at images and repositories.", "pvpkg image inspect nginx:1.27")
		.addCommand(inspectCommand())
		.addCommand(tagsCommand());
}

function inspectCommand(): Command {
	const command = createCommand(
		"inspect",
		"Show what an image is on each platform: digests, layers, and how it is run. Only manifests and configurations are fetched.",
		"pvpkg image inspect nginx:1.27 -p linux/arm64",
	).argument("<image>", IMAGE_HELP);
	addPlatformOption(command, "comma list of os/arch[/variant] (default: all that the image has)");
	return addImageOptions(command).action(
		action(async (session, flags: ImageFlags & { platform?: string }, text: string) => {
			const image = await imageText(session, text);
			const platforms = flags.platform === undefined ? undefined : parsePlatforms(flags.platform);
			const description = await describeImage({ image, platforms }, openRunSettings(session, flags));
			session.terminal.result<"image inspect">(formatDescription(description), description);
		}),
	);
}

function tagsCommand(): Command {
	const command = createCommand(
		"tags",
		"List the tags of a repository.",
		"pvpkg image tags registry.example/team/web",
	).argument("<repository>", "repository of a registry: [HOST[:PORT]/]NAME");
	return addRegistryOptions(command).action(
		action(async (session, flags: RegistryFlags, repository: string) => {
			const listing = await listTags(repository, registryOptions(session, flags), session.signal);
			session.terminal.result<"image tags">(listing.tags.join("\n"), listing);
		}),
	);
}

function formatDescription({ image, index, platforms }: ImageDescription): string {
	const head = index === undefined ? image : `${image}\nindex ${index}`;
	return [head, ...platforms.map(formatPlatformDescription)].join("\n\n");
}

function formatPlatformDescription(platform: PlatformDescription): string {
	const { digest, size, created, layers, config } = platform;
	const settings = Object.entries(config as Record<string, unknown>).filter(([, value]) => !isEmpty(value));
	const date =
		created === undefined ? [] : [`  created ${new Date(created * 1000).toISOString().slice(0, 19)}Z`];
	return [
		platform.platform,
		`  digest ${digest}`,
		...date,
		`  ${formatCounted(layers.length, "layer")}, ${formatSize(size)} with the configuration`,
		...layers.map((layer) => `    ${layer.digest} ${formatSize(layer.size)}`),
		...settings.map(([name, value]) => `  ${name} ${JSON.stringify(value)}`),
	].join("\n");
}

/** Builders write many empty members. */
function isEmpty(value: unknown): boolean {
	const isEmptyObject = typeof value === "object" && value !== null && Object.keys(value).length === 0;
	return value === null || value === "" || value === false || isEmptyObject;
}
