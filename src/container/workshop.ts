import { type BlockPool, createBlockPool, processorCount } from "../codec/index.js";
import type { Content } from "../ground/bytes/index.js";
import { type FileContent, TemporaryDirectory } from "../ground/files/index.js";
import { ContentStore } from "../ground/store/index.js";
import type { ImageSource, Reference } from "../image/oci/index.js";
import {
	type BlobProgress,
	type CachingSource,
	cachedSource,
	type ImageLocation,
	openFirstSource,
	openImageSource,
	type SourceContext,
} from "../image/sources/index.js";
import { BlockCache } from "../squashfs/cache/index.js";
import type { ImageOptions } from "../squashfs/format/index.js";
import { blocksDirectory } from "./cache.js";
import type { BuildSettings } from "./settings.js";

/** Threads that hash, this one included: more of them wait for the disk, or for one another. */
const MOST_HASHING = 4;

/** What the images of one run share: the store, the workers, open sources. */
export class Workshop {
	readonly settings: BuildSettings;
	readonly store: ContentStore;
	/** Compressed blocks of earlier runs and of this one. */
	readonly blocks: BlockCache;
	readonly #passing: TemporaryDirectory | undefined;
	readonly #pools: Map<string, BlockPool> = new Map();
	readonly #sources: ImageSource[] = [];
	readonly #contents: FileContent[] = [];

	readonly #closing: AbortController = new AbortController();

	private constructor(settings: BuildSettings) {
		const { cacheDirectory, temporaryDirectory } = settings;
		const signals = [this.#closing.signal, ...(settings.signal ? [settings.signal] : [])];
		this.settings = { ...settings, signal: AbortSignal.any(signals) };
		this.#passing = cacheDirectory === undefined ? TemporaryDirectory.create(temporaryDirectory) : undefined;
		const directory = cacheDirectory ?? this.#passing!.path;
		this.store = new ContentStore(directory);
		this.blocks = new BlockCache({ directory: blocksDirectory(directory), onWarning: settings.onWarning });
	}

	/** Runs `use` with a workshop, and closes it whatever happens. */
	static async run<T>(settings: BuildSettings, use: (workshop: Workshop) => Promise<T>): Promise<T> {
		const workshop = new Workshop(settings);
		try {
			const result = await use(workshop);
			workshop.blocks.commit();
			return result;
		} finally {
			await workshop.#close();
		}
	}

	/** An image's source behind the store. */
	async openImage(
		location: ImageLocation,
		onProgress: (progress: BlobProgress) => void,
	): Promise<CachingSource> {
		const { offline } = this.settings;
		const inner = await this.#openSource(location);
		const source = cachedSource(inner, this.store, { onProgress, offline });
		this.#sources.push(source);
		return source;
	}

	/** The source of a location; of a reference, the first in the order of the settings that has it. */
	async #openSource(location: ImageLocation): Promise<ImageSource> {
		const { registry, sourceOrder, onNote, signal } = this.settings;
		const context = {
			...this.sourceContext,
			// Not every image comes from a registry, and the HTTP client takes a while to load.
			openRegistry: async (reference: Reference) =>
				(await import("../image/registry/index.js")).openRegistry(reference, registry),
		};
		if (location.kind !== "registry" || sourceOrder === undefined) return openImageSource(location, context);
		const { familiarName, tag = "latest" } = location.reference;
		const daemon = { kind: "docker-daemon", name: `${familiarName}:${tag}` } as const;
		const openings = sourceOrder.map((place) => async () => {
			const source = await openImageSource(place === "local" ? daemon : location, context);
			await source.fetchManifest(undefined, signal);
			return source;
		});
		return openFirstSource(openings, (message) => onNote?.(message));
	}

	/** A blob of the store, open for as long as the workshop. */
	openContent(digest: string): Content {
		const content = this.store.openContent(digest);
		this.#contents.push(content);
		return content;
	}

	/** What sources need of the settings. */
	get sourceContext(): SourceContext {
		const { temporaryDirectory, standardInput, registry, signal } = this.settings;
		const hashThreads = this.#hashThreads;
		return { temporaryDirectory, standardInput, environment: registry.env, hashThreads, signal };
	}

	/** Only what is cached has to be hashed; and one thread hashes beside the one that looks for files. */
	get #hashThreads(): number {
		const { cacheDirectory, jobs = processorCount() } = this.settings;
		return cacheDirectory === undefined ? 0 : Math.max(0, Math.min(jobs, MOST_HASHING) - 1);
	}

	/** Workers for images of these options: every image of the run uses them. */
	pool({ compressor, blockSize }: ImageOptions): BlockPool {
		const { jobs, memory, signal } = this.settings;
		const key = JSON.stringify([compressor, blockSize]);
		const pool = this.#pools.get(key) ?? createBlockPool({ compressor, blockSize, jobs, memory, signal });
		this.#pools.set(key, pool);
		return pool;
	}

	/** Ends whatever is still going on: after an error, work for other platforms. */
	async #close(): Promise<void> {
		this.#closing.abort();
		await Promise.allSettled([...this.#pools.values(), ...this.#sources].map((opened) => opened.close()));
		this.blocks.close();
		for (const content of this.#contents) content.close();
		this.#passing?.remove();
	}
}
