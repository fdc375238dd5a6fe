import type { Content } from "../ground/bytes/index.js";
import { Spool } from "../ground/files/index.js";
import { formatPlatform, type Image, type Platform } from "../image/oci/index.js";
import {
	checkArchitecture,
	finishRootfs,
	flatten,
	type ImageLayers,
	type RootfsTree,
} from "../image/rootfs/index.js";
import { measureRootfs, type RootfsSize } from "../image/sources/index.js";
import { startedCommand } from "../pantavisor/lxc/index.js";
import type { SourceManifest } from "../pantavisor/source/index.js";
import type { ImageOptions } from "../squashfs/format/index.js";
import { createPrecompressor } from "../squashfs/write/index.js";
import { isUrl, publicPlace } from "./address.js";
import { BuildError } from "./errors.js";
import type { Findings } from "./findings.js";
import { found } from "./image-rules.js";
import type { RootfsInput } from "./input.js";
import type { OpenedImage, OpenedInput, OpenedRootfs } from "./open.js";
import { readRootfsTree, warnOfOwner } from "./rootfs-tree.js";
import type { Run } from "./run.js";
import type { Phase, RunSettings } from "./settings.js";

/** How a tree is read, and what becomes of it. */
export interface TreeRequest {
	readonly findings: Findings;
	/** The container that the tree is for: it is finished as pvr does, and its programs are checked. */
	readonly manifest?: SourceManifest | undefined;
	/** How the tree will be written, where it will be as it is: its files are compressed while layers arrive. */
	readonly format?: ImageOptions | undefined;
}

/** Returns what messages about an opened input begin with: its platform, else its place. */
export function subjectOf(opened: OpenedInput): string {
	if (opened.platform !== undefined) return formatPlatform(opened.platform);
	return opened.kind === "rootfs" ? publicPlace(opened.input.location.path) : opened.input.text;
}

/** Lends the tree of an opened input to `use`; file bodies are gone afterwards. */
export async function withTree<T>(
	run: Run,
	opened: OpenedInput,
	request: TreeRequest,
	use: (tree: RootfsTree) => Promise<T>,
): Promise<T> {
	if (opened.kind === "image") {
		return whileOpen(run.layers.open(run.makesOneImage), (layers) =>
			useImage(run, opened, layers, request, use),
		);
	}
	const spool = Spool.create(run.settings.temporaryDirectory);
	return whileOpen(spool, () => useRootfs(run, opened, spool, request, use));
}

async function whileOpen<Place extends { close(): void }, T>(
	place: Place,
	use: (place: Place) => Promise<T>,
): Promise<T> {
	try {
		return await use(place);
	} finally {
		place.close();
	}
}

async function useImage<T>(
	run: Run,
	opened: OpenedImage,
	unpacked: ImageLayers,
	{ findings, manifest, format }: TreeRequest,
	use: (tree: RootfsTree) => Promise<T>,
): Promise<T> {
	const { time, maximumTime, maximumLayer: maximumSize, stripQemu, signal, jobs } = run.settings;
	const { source, image } = opened;
	// Flattening waits for each layer as it needs it; what goes wrong here, it meets there.
	const layers = image.layers.map(({ descriptor }) => descriptor);
	source.prefetch(layers, signal).catch(() => {});
	// Files are compressed while later layers still arrive; what is hidden later was work for nothing.
	const early = format && createPrecompressor(format, run.pool(format), run.blocks);
	try {
		const onContent = early && ((content: Content) => early.offer(content));
		const onWarning = findings.warner("IMAGE_LAYER", subjectOf(opened));
		const onProgress = layerProgress(image, run.settings);
		const threadFrom = jobs === 0 ? Number.POSITIVE_INFINITY : undefined;
		const options = { time, maximumTime, maximumSize, onWarning, signal, onContent, onProgress, threadFrom };
		const flat = await flatten(image.layers, unpacked, options);
		await early?.stop();
		if (manifest === undefined) return await use(flat);
		const tree = finishRootfs(flat, { time, stripQemu });
		checkPrograms(run, tree, opened, manifest, findings);
		return await use(tree);
	} finally {
		await early?.stop();
	}
}

/** A root file system is taken as it is (docs/formats/pvr.md#adding-updating-and-installing-containers). */
async function useRootfs<T>(
	run: Run,
	opened: OpenedRootfs,
	spool: Spool,
	{ findings, manifest }: TreeRequest,
	use: (tree: RootfsTree) => Promise<T>,
): Promise<T> {
	const { time, maximumTime, maximumLayer: maximumSize, signal } = run.settings;
	const onWarning = findings.warner("IMAGE_LAYER", subjectOf(opened));
	const tree = await readRootfsTree(run, opened, spool, {
		time,
		maximumTime,
		maximumSize,
		onWarning,
		signal,
	});
	if (manifest !== undefined) {
		warnOfOwner(run, opened.input.location, tree);
		checkPrograms(run, tree, opened, manifest, findings);
	}
	return use(tree);
}

/**
 * Returns how large a root file system is; undefined for what comes over the network or on standard input.
 * @throws BytesError, SourceError where there is none.
 */
export async function sizeOfRootfs(run: Run, { location }: RootfsInput): Promise<RootfsSize | undefined> {
	const passing = location.kind === "tar" && (isUrl(location.path) || location.path === "-");
	return passing ? undefined : measureRootfs(location, run.sourceContext);
}

/** An image whose programs are of another architecture would only fail on the device. */
function checkPrograms(
	run: Run,
	tree: RootfsTree,
	opened: OpenedInput,
	manifest: SourceManifest,
	findings: Findings,
): void {
	const device = opened.device ?? opened.platform;
	if (device === undefined) return;
	const command = startedCommand(manifest);
	for (const { severity, message } of checkArchitecture(tree, device, command, statedPlatform(opened))) {
		if (severity === "error" && !run.settings.allowArchMismatch) {
			const reason = `${message} (--allow-arch-mismatch accepts it)`;
			throw new BuildError("ERR_BUILD_ARCHITECTURE", reason);
		}
		findings.add(found("IMAGE_PROGRAM", formatPlatform(device), message));
	}
}

/** Returns what an image says that it is for; one that does not say it was taken for what was requested. */
export function statedPlatform(opened: OpenedInput): Platform | undefined {
	if (opened.kind === "rootfs") return undefined;
	return opened.image.platform.architecture === "" ? opened.platform : opened.image.platform;
}

function layerProgress({ layers, requested }: Image, { onProgress }: RunSettings) {
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
