import type { Content } from "../ground/bytes/index.js";
import { Spool } from "../ground/files/index.js";
import { formatPlatform, type Image, type Platform } from "../image/oci/index.js";
import { checkArchitecture, finishRootfs, flatten, type RootfsTree } from "../image/rootfs/index.js";
import type { CachingSource } from "../image/sources/index.js";
import { startedCommand } from "../pantavisor/lxc/index.js";
import type { StateObject } from "../pantavisor/package/index.js";
import type { SourceManifest } from "../pantavisor/source/index.js";
import { DEFAULT_IMAGE_OPTIONS, type ImageOptions } from "../squashfs/format/index.js";
import { applyFormatOptions, type FormatOptions, parseFormatOptions } from "../squashfs/options/index.js";
import { createPrecompressor, writeImage } from "../squashfs/write/index.js";
import { BuildError } from "./errors.js";
import { findFinishedImage, finishedKey, keepFinishedImage } from "./finished.js";
import type { BuildSettings, Phase } from "./settings.js";
import type { Workshop } from "./workshop.js";

/** `root.squashfs` of a platform's image: found among those of earlier runs, or made. */
export async function makeRootImage(
	workshop: Workshop,
	blobs: CachingSource,
	image: Image,
	source: SourceManifest,
): Promise<StateObject> {
	const { settings } = workshop;
	const format = formatOptionsOf(settings, source.formatOptions);
	const key = finishedKey("image", { ...imageInputs(image, source, settings), format });
	const finished = await findFinishedImage(workshop, key);
	if (finished !== undefined) {
		settings.onNote?.(`${formatPlatform(image.requested)}: root.squashfs is the same as before`);
		return finished;
	}
	return withImageTree(workshop, { blobs, image, source, format: format.image }, (tree) =>
		writeTree(workshop, tree, format, { key, subject: formatPlatform(image.requested) }),
	);
}

interface ImageTreeRequest {
	readonly blobs: CachingSource;
	readonly image: Image;
	readonly source: SourceManifest;
	/** How the tree will be written, if it will as it is. */
	readonly format?: ImageOptions | undefined;
}

/**
 * Lends the flattened tree of an image, finished as pvr does, its programs checked; file bodies
 * are gone afterwards.
 */
export async function withImageTree<T>(
	workshop: Workshop,
	{ blobs, image, source, format }: ImageTreeRequest,
	use: (tree: RootfsTree) => Promise<T>,
): Promise<T> {
	const { settings, blocks } = workshop;
	const { time, maximumTime, stripQemu, onWarning, signal } = settings;
	const spool = Spool.create(settings.temporaryDirectory);
	const report = layerProgress(image, settings);
	// Flattening waits for each layer as it needs it; what goes wrong here, it meets there.
	const fetching = blobs.prefetch(
		image.layers.map(({ descriptor }) => descriptor),
		signal,
	);
	fetching.catch(() => {});
	// Files are compressed while later layers still arrive; what is hidden later was work for nothing.
	const early = format && createPrecompressor(format, workshop.pool(format), blocks);
	try {
		const onContent = early && ((content: Content) => early.offer(content));
		const options = { time, maximumTime, onWarning, signal, onContent, onProgress: report };
		const tree = await flatten(image.layers, spool, options);
		await early?.stop();
		finishRootfs(tree, { time, stripQemu });
		checkPrograms(tree, image.requested, source, settings);
		return await use(tree);
	} finally {
		await early?.stop();
		spool.close();
	}
}

/** Writes a tree as a squashfs image into the store, under the key of what it was made of. */
export async function writeTree(
	workshop: Workshop,
	tree: RootfsTree,
	format: FormatOptions,
	{ key, subject }: { readonly key?: string; readonly subject: string },
): Promise<StateObject> {
	const { onProgress, onWarning, signal } = workshop.settings;
	const file = workshop.store.createBlob();
	try {
		const stats = await writeImage(applyFormatOptions(tree, format), file, format.image, {
			pool: workshop.pool(format.image),
			store: workshop.blocks,
			signal,
			onProgress: (done, total) => onProgress?.({ platform: subject, phase: "compress", done, total }),
		});
		for (const warning of stats.warnings) onWarning?.(`${subject}: ${warning}`);
		return keepFinishedImage(workshop, key, file, stats.size);
	} finally {
		file.discard();
	}
}

/** mksquashfs's options over what the settings say; told is what has no effect. @throws SquashfsError naming the option. */
export function formatOptionsOf(
	{ tier, order, time, onNote }: BuildSettings,
	text: string | readonly string[] | undefined,
): FormatOptions {
	const format = parseFormatOptions(text ?? "", {
		...DEFAULT_IMAGE_OPTIONS,
		compressor: { name: "xz", tier },
		order,
		modificationTime: time,
	});
	for (const note of format.notes) onNote?.(note);
	return format;
}

/** Everything besides the format that decides the bytes of an image. */
export function imageInputs(
	{ layers, requested }: Image,
	source: SourceManifest,
	settings: BuildSettings,
): object {
	const { time, maximumTime, stripQemu, allowArchMismatch } = settings;
	return {
		layers: layers.map(({ diffId }) => diffId),
		settings: [time, maximumTime, stripQemu],
		// The check of the programs came out well for these.
		checked: [requested, allowArchMismatch],
		command: startedCommand(source),
	};
}

/** An image whose programs are of another architecture would only fail on the device. */
export function checkPrograms(
	tree: RootfsTree,
	platform: Platform,
	source: SourceManifest,
	settings: BuildSettings,
): void {
	for (const { severity, message } of checkArchitecture(tree, platform, startedCommand(source))) {
		if (severity === "error" && !settings.allowArchMismatch) {
			throw new BuildError(
				"ERR_BUILD_ARCHITECTURE",
				`${message} (--allow-arch-mismatch takes it all the same)`,
			);
		}
		settings.onWarning?.(`${formatPlatform(platform)}: ${message}`);
	}
}

function layerProgress({ layers, requested }: Image, { onProgress }: BuildSettings) {
	const platform = formatPlatform(requested);
	const phase: Phase = "flatten";
	const total = layers.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
	const read = new Map<unknown, number>();
	return (layer: unknown, bytes: number): void => {
		read.set(layer, bytes);
		const done = [...read.values()].reduce((sum, part) => sum + part, 0);
		onProgress?.({ platform, phase, done, total });
	};
}
