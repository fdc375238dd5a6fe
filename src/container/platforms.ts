import { formatPlatform, type Image, type Platform, resolveImages } from "../image/oci/index.js";
import {
	type BlobProgress,
	type CachingSource,
	type ImageLocation,
	isRootfsLocation,
	parseImageLocation,
	SourceError,
} from "../image/sources/index.js";
import type { BuildSettings } from "./settings.js";
import type { Workshop } from "./workshop.js";

/** An image location opened, with the image of each platform. */
export interface OpenedImage {
	readonly location: ImageLocation;
	readonly source: CachingSource;
	/** In the order of the request. */
	readonly images: readonly Image[];
}

/**
 * Opens IMAGE and chooses the image of every platform; without platforms, all that it has and
 * `takes` accepts. Nothing but manifests and configurations is fetched.
 */
export async function openPlatforms(
	workshop: Workshop,
	text: string,
	platforms: readonly Platform[] | undefined,
	takes?: (platform: Platform) => boolean,
): Promise<OpenedImage> {
	const { settings } = workshop;
	const location = parseImageLocation(text);
	if (isRootfsLocation(location)) {
		throw new SourceError("ERR_LOCATION", `${text}: open: is a root file system, expected an image`);
	}
	const progress = new DownloadProgress(settings);
	const source = await workshop.openImage(location, (event) => progress.report(event));
	const images = await resolveImages(source, platforms, {
		policy: settings.platformPolicy,
		allowArchMismatch: settings.allowArchMismatch,
		onWarning: settings.onWarning,
		takes,
		signal: settings.signal,
	});
	progress.watch(images);
	return { location, source, images };
}

/** Tells blobs apart by platform: a layer may belong to several. */
class DownloadProgress {
	readonly #settings: BuildSettings;
	readonly #available: Map<string, number> = new Map();
	#images: readonly Image[] = [];

	constructor(settings: BuildSettings) {
		this.#settings = settings;
	}

	watch(images: readonly Image[]): void {
		this.#images = images;
	}

	report({ descriptor, available }: BlobProgress): void {
		this.#available.set(descriptor.digest, available);
		for (const { requested, layers } of this.#images) {
			const sizes = new Map(layers.map(({ descriptor }) => [descriptor.digest as string, descriptor.size]));
			if (!sizes.has(descriptor.digest)) continue;
			const [platform, phase] = [formatPlatform(requested), "download" as const];
			const done = [...sizes.keys()].reduce((sum, digest) => sum + (this.#available.get(digest) ?? 0), 0);
			const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
			this.#settings.onProgress?.({ platform, phase, done, total });
		}
	}
}
