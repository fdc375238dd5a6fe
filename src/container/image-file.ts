import type { RootfsTree } from "../image/rootfs/index.js";
import { DEFAULT_IMAGE_OPTIONS, SquashfsError } from "../squashfs/format/index.js";
import { type FormatOptions, parseFormatOptions } from "../squashfs/options/index.js";
import { writeImage } from "../squashfs/write/index.js";
import type { Findings } from "./findings.js";
import { keepImage } from "./made-images.js";
import type { MadeImage } from "./ports.js";
import type { Run } from "./run.js";

/**
 * Writes a tree as a squashfs image for a device into the store.
 * @throws SquashfsError ERR_SQUASHFS_OPTION for options that no device could mount.
 */
export async function writeTree(
	run: Run,
	tree: RootfsTree,
	{ image: options }: FormatOptions,
	{ subject, findings }: { readonly subject: string; readonly findings: Findings },
): Promise<MadeImage> {
	if (!options.pad) {
		const reason = "devices cannot mount an image that is not padded, expected it without this option";
		throw new SquashfsError("ERR_SQUASHFS_OPTION", `${subject}: format options: -nopad: ${reason}`);
	}
	const { onProgress, signal } = run.settings;
	const file = run.store.createBlob();
	try {
		const stats = await writeImage(tree, file, options, {
			pool: run.pool(options),
			...(run.sharesBlocks ? { store: run.blocks } : { early: run.blocks }),
			signal,
			onProgress: (done, total) => onProgress?.({ platform: subject, phase: "compress", done, total }),
		});
		for (const message of stats.warnings) findings.warner("IMAGE_FORMAT", subject)(message);
		return keepImage(run, file, stats.size, findings.list);
	} finally {
		file.discard();
	}
}

/**
 * Parses mksquashfs's options over what the settings say; options without effect are reported.
 * @throws SquashfsError naming the option.
 */
export function formatOptionsOf(run: Run, text: string | readonly string[] | undefined): FormatOptions {
	const { tier, order, alignment, time } = run.settings;
	const format = parseFormatOptions(text ?? "", {
		...DEFAULT_IMAGE_OPTIONS,
		compressor: { name: "xz", tier },
		order,
		alignment,
		modificationTime: time,
	});
	for (const note of format.notes) run.note(note);
	return format;
}
