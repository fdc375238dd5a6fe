import { comparedContents, createOverlay } from "../image/overlay/index.js";
import type { RootfsTree } from "../image/rootfs/index.js";
import type { StateObject } from "../pantavisor/package/index.js";
import type { SourceManifest } from "../pantavisor/source/index.js";
import { applyFormatOptions } from "../squashfs/options/index.js";
import { openImage, readTree } from "../squashfs/read/index.js";
import { formatOptionsOf, writeTree } from "./image-file.js";
import { subjectOf, withTree } from "./image-tree.js";
import { madeKey, obtainImage } from "./made-images.js";
import { observed } from "./observation.js";
import type { OpenedImage } from "./open.js";
import type { MadeImage } from "./ports.js";
import { imageInputs } from "./root-image.js";
import type { Run } from "./run.js";

const FILE = "root.ovl.squashfs";

/**
 * Makes `root.ovl.squashfs`: how an image differs from the root file system below it, in the form of
 * overlayfs (docs/formats/pvr.md#overlays).
 * @param base the squashfs below: that of the base container, or the container's own.
 */
export async function makeOverlayImage(
	run: Run,
	opened: OpenedImage,
	manifest: SourceManifest,
	base: StateObject,
): Promise<MadeImage> {
	const subject = subjectOf(opened);
	const format = formatOptionsOf(run, manifest.formatOptions);
	const inputs = imageInputs(opened, manifest, run.settings);
	const key = madeKey("image", { ...inputs, format, base: base.sha256 });
	// Files that the options exclude must not show through the overlay either.
	const target = (tree: RootfsTree): RootfsTree => applyFormatOptions(tree, format);
	const image = await obtainImage(run, { key, subject: `${subject}: ${FILE}` }, () => {
		const findings = run.findings();
		return withTree(run, opened, { manifest, findings }, async (tree) => {
			const whole = target(tree);
			const overlay = overlayOver(base, whole, run.settings.time);
			const made = await writeTree(run, applyFormatOptions(overlay, format), format, { subject, findings });
			return observed(run, made, { file: FILE, subject }, async (look) => look(whole));
		});
	});
	return observed(run, image, { file: FILE, subject, key }, (look) =>
		withTree(run, opened, { manifest, findings: run.findings() }, (tree) => look(target(tree))),
	);
}

/** Returns how a tree differs from a squashfs, whose blocks are expanded on all processors. */
function overlayOver(base: StateObject, whole: RootfsTree, time: number): RootfsTree {
	const image = openImage(base);
	const below = readTree(image);
	const ahead = image.expandAhead(comparedContents(below, whole));
	try {
		return createOverlay(below, whole, time);
	} finally {
		ahead.close();
	}
}
