import { formatPlatform, type Image } from "../image/oci/index.js";
import { createOverlay } from "../image/overlay/index.js";
import type { CachingSource } from "../image/sources/index.js";
import type { StateObject } from "../pantavisor/package/index.js";
import type { SourceManifest } from "../pantavisor/source/index.js";
import { applyFormatOptions } from "../squashfs/options/index.js";
import { openImage, readTree } from "../squashfs/read/index.js";
import { findFinishedImage, finishedKey } from "./finished.js";
import { formatOptionsOf, imageInputs, withImageTree, writeTree } from "./root-image.js";
import type { Workshop } from "./workshop.js";

/**
 * `root.ovl.squashfs`: what an image has more, less or otherwise than the root file system
 * below it, as overlayfs wants it (spec/pvr-behaviour.md 5.5, quirk 32).
 * @param base the squashfs below: of the base container, or the container's own.
 */
export async function makeOverlayImage(
	workshop: Workshop,
	blobs: CachingSource,
	image: Image,
	source: SourceManifest,
	base: StateObject,
): Promise<StateObject> {
	const { settings } = workshop;
	const format = formatOptionsOf(settings, source.formatOptions);
	const inputs = imageInputs(image, source, settings);
	const key = finishedKey("image", { ...inputs, format, base: base.sha256 });
	const finished = await findFinishedImage(workshop, key);
	if (finished !== undefined) return finished;
	return withImageTree(workshop, { blobs, image, source }, async (tree) => {
		// What the options leave out must not be seen through the overlay either.
		const target = applyFormatOptions(tree, format);
		const overlay = createOverlay(readTree(openImage(base)), target, settings.time);
		return writeTree(workshop, overlay, format, { key, subject: formatPlatform(image.requested) });
	});
}
