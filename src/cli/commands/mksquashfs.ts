import type { Command } from "commander";
import { makeSquashfs, SquashfsError } from "../../index.js";
import { action, createCommand } from "../command.js";
import { addEngineOptions, type EngineFlags } from "../engine-options.js";
import { UsageError } from "../errors.js";
import { addImageOptions, type ImageFlags } from "../image-options.js";
import { parsePlatforms } from "../platform-options.js";
import { withProgress } from "../settings.js";
import { formatBytes } from "../terminal.js";

interface SquashfsFlags extends EngineFlags, ImageFlags {
	readonly platform?: string;
}

export function mksquashfsCommand(): Command {
	const command = createCommand(
		"mksquashfs",
		"Make a squashfs of a tree, an archive or an image, with mksquashfs's options.",
		"pvpkg mksquashfs dir:rootfs root.squashfs -comp xz -b 131072 --tier best -e var/cache",
		{ shortOptions: false },
	)
		.argument("<source>", "dir:TREE, tar:FILE, tar:URL, or any IMAGE; nothing is added or stripped")
		.argument("<output>", "squashfs file to write")
		.argument("[options...]", "mksquashfs's options; everything after -e is an exclude")
		.option("--platform <os/arch[/variant]>", "platform of an image that has several")
		.allowUnknownOption();
	return addEngineOptions(addImageOptions(command)).action(
		action(async (session, flags: SquashfsFlags, source: string, path: string, options: string[]) => {
			const platform = flags.platform === undefined ? undefined : parsePlatforms(flags.platform)[0];
			const request = { source, path, options, platform, digest: session.terminal.json };
			const stats = await withProgress(session, flags, (settings) => makeSquashfs(request, settings)).catch(
				refuseOptions,
			);
			const text = `${path}: ${formatBytes(stats.size)}, ${stats.inodes} inodes, ${stats.blocks} blocks, ${stats.fragments} fragment blocks`;
			session.terminal.result(text, stats);
		}),
	);
}

// Of a package's src.json they are its author's matter; here they are on the command line.
function refuseOptions(error: unknown): never {
	const wrongOption = error instanceof SquashfsError && error.code === "ERR_SQUASHFS_OPTION";
	throw wrongOption ? new UsageError(error.message, { cause: error }) : error;
}
