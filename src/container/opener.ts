import {
	type Descriptor,
	type Digest,
	formatPlatform,
	type Image,
	type ImageSource,
	type Reference,
} from "../image/oci/index.js";
import {
	type BlobProgress,
	type CachingSource,
	cachedSource,
	type ImageLocation,
	openImageSource,
} from "../image/sources/index.js";
import type { Run } from "./run.js";
import type { RunSettings } from "./settings.js";

/** A place of an image, opened, and the progress of its downloads. */
export interface OpenedPlace {
	readonly source: CachingSource;
	readonly progress: DownloadProgress;
}

/**
 * Opens a place through the content store of the run, which closes it.
 * @param explain turns an error of reading the place into the one that is thrown.
 */
export async function openPlace(
	run: Run,
	place: ImageLocation,
	explain?: ((error: unknown) => unknown) | undefined,
): Promise<OpenedPlace> {
	const { offline } = run.settings;
	const progress = new DownloadProgress(run.settings);
	const onProgress = (event: BlobProgress) => progress.report(event);
	const inner = await (run.settings.opener?.(place) ?? openSource(run, place)).catch((error) => {
		throw explain?.(error) ?? error;
	});
	const cached = cachedSource(inner, run.store, { onProgress, offline });
	const source = explain === undefined ? cached : explainedSource(cached, explain);
	return { source: run.keepOpen(source), progress };
}

/** Wraps a source so that its errors say what to do. */
function explainedSource(source: CachingSource, explain: (error: unknown) => unknown): CachingSource {
	const refuse = (error: unknown): never => {
		throw explain(error);
	};
	return {
		name: source.name,
		local: source.local,
		...(source.holds && { holds: (descriptor: Descriptor) => source.holds!(descriptor) }),
		fetchManifest: (digest, signal) => source.fetchManifest(digest, signal).catch(refuse),
		async *openBlob(descriptor, signal, offset) {
			try {
				yield* source.openBlob(descriptor, signal, offset);
			} catch (error) {
				refuse(error);
			}
		},
		openFile: async (descriptor, signal) => source.openFile?.(descriptor, signal).catch(refuse),
		prefetch: (descriptors, signal) => source.prefetch(descriptors, signal).catch(refuse),
		close: () => source.close(),
	};
}

/** Opens the referrers of an image in its registry through the content store of the run, which closes it. */
export async function openReferrersOf(
	run: Run,
	reference: Reference,
	digest: Digest,
): Promise<CachingSource> {
	const { offline } = run.settings;
	const source = await run.shared.openReferrers(reference, digest);
	return run.keepOpen(cachedSource(source, run.store, { offline }));
}

function openSource(run: Run, place: ImageLocation): Promise<ImageSource> {
	return openImageSource(place, {
		...run.sourceContext,
		openRegistry: (reference) => run.shared.openRegistry(reference),
	});
}

/** Counts blobs by platform: a layer may belong to several. */
class DownloadProgress {
	readonly #settings: RunSettings;
	readonly #available: Map<string, number> = new Map();
	#images: readonly Image[] = [];

	constructor(settings: RunSettings) {
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
