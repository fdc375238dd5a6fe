import type { Command } from "commander";
import {
	checkOutputFile,
	formatOptionLength,
	formatSize,
	makeSquashfs,
	SquashfsError,
	type SquashfsResult,
} from "../../internal.js";
import { action, createCommand } from "../command.js";
import type { MadeSquashfs } from "../documents/documents.js";
import { addEngineOptions, type EngineFlags } from "../engine-options.js";
import { UsageError } from "../errors.js";
import { addImageOptions, type ImageFlags } from "../image-options.js";
import { imageText } from "../image-text.js";
import { parseOnePlatform } from "../platform-options.js";
import { withProgress } from "../settings.js";

interface SquashfsFlags extends EngineFlags, ImageFlags {
	readonly platform?: string;
	readonly force?: boolean;
}

export function mksquashfsCommand(): Command {
	const command = createCommand(
		"mksquashfs",
		"Make a squashfs from a tree, an archive or an image, with mksquashfs's options.",
		"pvpkg mksquashfs dir:rootfs root.squashfs -comp xz -b 131072 --tier best -e var/cache",
		{ shortOptions: false },
	)
		.argument("<source>", "dir:TREE, tar:FILE, tar:URL, or any IMAGE; nothing is added or stripped")
		.argument("<output>", "squashfs file to write")
		.argument("[options...]", "mksquashfs's options, anywhere; everything after -e is an exclude")
		.option("--platform <os/arch[/variant]>", "platform of an image that has several")
		.option("--force", "overwrite <output> even if it is a block device")
		.allowUnknownOption();
	return addEngineOptions(addImageOptions(command, { shortOptions: false })).action(
		action(async (session, flags: SquashfsFlags, first: string, second: string, more: string[]) => {
			const { source: given, path, options, quiet } = readWords([first, second, ...more]);
			if (quiet) session.terminal.verbosity = "quiet";
			const source = await imageText(session, given, { rootfs: true });
			const platform = flags.platform === undefined ? undefined : parseOnePlatform(flags.platform);
			const overwriteDevice = flags.force;
			checkOutputFile(path, { overwriteDevice });
			const request = { source, path, options, platform, overwriteDevice, digest: session.terminal.json };
			const stats = await withProgress(session, flags, (settings) => makeSquashfs(request, settings)).catch(
				refuseOptions,
			);
			const text = `${path}: ${formatSize(stats.size)}, ${stats.inodes} inodes, ${stats.blocks} blocks, ${stats.fragments} fragment blocks`;
			session.terminal.report<"mksquashfs">(text, plainStats(stats));
		}),
	);
}

/** Finds SOURCE and OUT among the options; everything after `-e` is an exclude. */
function readWords(words: readonly string[]) {
	const end = words.includes("-e") ? words.indexOf("-e") : words.length;
	const operands: string[] = [];
	const options: string[] = [];
	let quiet = false;
	for (let at = 0; at < end; ) {
		const word = words[at]!;
		const length = formatOptionLength(word);
		if (word === "-quiet" || word === "-q") quiet = true;
		else if (word.startsWith("-") || operands.length === 2) options.push(...words.slice(at, at + length));
		else operands.push(word);
		at += length;
	}
	const [source, path] = operands;
	if (source !== undefined && path !== undefined) {
		return { source, path, options: [...options, ...words.slice(end)], quiet };
	}
	throw new UsageError(`mksquashfs: expected SOURCE and OUT, got ${operands.join(" ") || "neither"}`);
}

function plainStats({ bytesUsed, warnings: _, ...stats }: SquashfsResult): MadeSquashfs {
	return { ...stats, used: bytesUsed };
}

// Reports bad options as a usage error: here they come from the command line, and not from a src.json.
function refuseOptions(error: unknown): never {
	const wrongOption = error instanceof SquashfsError && error.code === "ERR_SQUASHFS_OPTION";
	throw wrongOption ? new UsageError(error.message, { cause: error }) : error;
}
