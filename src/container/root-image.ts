import { startedCommand } from "../pantavisor/lxc/index.js";
import type { SourceManifest } from "../pantavisor/source/index.js";
import { applyFormatOptions } from "../squashfs/options/index.js";
import { formatOptionsOf, writeTree } from "./image-file.js";
import { statedPlatform, subjectOf, withTree } from "./image-tree.js";
import { madeKey, obtainImage } from "./made-images.js";
import { observed } from "./observation.js";
import type { OpenedImage, OpenedInput } from "./open.js";
import type { MadeImage } from "./ports.js";
import type { Run } from "./run.js";
import type { RunSettings } from "./settings.js";

const FILE = "root.squashfs";

/**
 * Makes `root.squashfs` from an opened input, or finds it among the images of earlier runs. A root file
 * system has no digest to look up, so its image is always made.
 */
export async function makeRootImage(
	run: Run,
	opened: OpenedInput,
	manifest: SourceManifest,
): Promise<MadeImage> {
	const subject = subjectOf(opened);
	const format = formatOptionsOf(run, manifest.formatOptions);
	const key = opened.kind === "image" ? rootKey(opened, manifest, run.settings, format) : undefined;
	const image = await obtainImage(run, { key, subject: `${subject}: ${FILE}` }, () => {
		const findings = run.findings();
		return withTree(run, opened, { manifest, findings, format: format.image }, async (tree) => {
			const target = applyFormatOptions(tree, format);
			const made = await writeTree(run, target, format, { subject, findings });
			return observed(run, made, { file: FILE, subject }, async (look) => look(target));
		});
	});
	return observed(run, image, { file: FILE, subject, key }, (look) =>
		withTree(run, opened, { manifest, findings: run.findings() }, (tree) =>
			look(applyFormatOptions(tree, format)),
		),
	);
}

function rootKey(
	opened: OpenedImage,
	manifest: SourceManifest,
	settings: RunSettings,
	format: unknown,
): string {
	return madeKey("image", { ...imageInputs(opened, manifest, settings), format });
}

/** Returns everything besides the format that decides the bytes of an image. */
export function imageInputs(opened: OpenedImage, manifest: SourceManifest, settings: RunSettings): object {
	const { time, maximumTime, stripQemu, allowArchMismatch } = settings;
	const { layers, requested } = opened.image;
	const { device = requested } = opened;
	return {
		layers: layers.map(({ diffId }) => diffId),
		settings: [time, maximumTime, stripQemu],
		// The programs passed the architecture check with these values.
		checked: [requested, device, statedPlatform(opened), allowArchMismatch],
		command: startedCommand(manifest),
	};
}
