import { type BlockPool, lendBlockPool, processorCount } from "../codec/index.js";
import { BytesError, jointSignal } from "../ground/bytes/index.js";
import { TemporaryDirectory } from "../ground/files/index.js";
import type { Finding } from "../ground/findings/index.js";
import { CacheKey, ContentStore, checkCache } from "../ground/store/index.js";
import { UnpackedLayers } from "../image/rootfs/index.js";
import type { SourceContext } from "../image/sources/index.js";
import { BlockCache } from "../squashfs/cache/index.js";
import type { ImageOptions } from "../squashfs/format/index.js";
import { blocksDirectory } from "./cache.js";
import { Findings, reportOnce } from "./findings.js";
import type { MadeImage, Ports } from "./ports.js";
import type { RunSettings } from "./settings.js";
import { Shared } from "./shared.js";

/** Most threads that hash, this one included: more would wait for the disk or for one another. */
const MOST_HASHING = 4;

/** What the images and packages of one command share: the store, the workers, open sources. */
export class Run {
	readonly settings: RunSettings;
	readonly ports: Ports;
	readonly store: ContentStore;
	/** Compressed blocks of earlier runs and of this one. */
	readonly blocks: BlockCache;
	/** Layers that images share are unpacked once. */
	readonly layers: UnpackedLayers;
	/** Images that this run makes or has made, by key. */
	readonly made: Map<string, Promise<MadeImage>> = new Map();
	/** Workers and connections: those of the settings, else the run's own. */
	readonly shared: Shared;
	readonly #passing: TemporaryDirectory | undefined;
	readonly #closing: AbortController = new AbortController();
	readonly #opened: { close(): Promise<void> | void }[] = [];
	readonly #report: (finding: Finding) => void;
	readonly #notes: Set<string> = new Set();
	#mostImages = Number.POSITIVE_INFINITY;

	private constructor(settings: RunSettings, ports: Ports) {
		const { temporaryDirectory } = settings;
		const cache = usableCache(settings);
		const cacheDirectory = cache?.directory;
		const signal = jointSignal(this.#closing.signal, settings.signal);
		this.settings = { ...settings, cacheDirectory, signal };
		this.ports = ports;
		this.shared = settings.shared ?? new Shared(this.settings);
		this.#passing = cache === undefined ? TemporaryDirectory.create(temporaryDirectory) : undefined;
		const { directory, blocks } = cache ?? foldersOf(this.#passing!.path);
		const { cacheKey, onWarning } = settings;
		const key = cacheKey === undefined ? undefined : new CacheKey(cacheKey);
		this.store = new ContentStore(directory, { key, onWarning });
		this.blocks = new BlockCache({ directory: blocks, key, onWarning });
		this.layers = this.keepOpen(new UnpackedLayers(temporaryDirectory));
		this.#report = reportOnce(settings);
	}

	/** Calls `use` with a run, and closes the run whatever happens. */
	static async use<T>(settings: RunSettings, ports: Ports, use: (run: Run) => Promise<T>): Promise<T> {
		const run = new Run(settings, ports);
		try {
			const result = await use(run);
			run.blocks.commit();
			return result;
		} finally {
			await run.#close();
		}
	}

	/** Starts a list of findings; each is reported when it is added. */
	findings(): Findings {
		return new Findings(this.#report);
	}

	/** Prints a note once in a run. */
	note(message: string): void {
		if (!this.#notes.has(message)) this.settings.onNote?.(message);
		this.#notes.add(message);
	}

	/** Tells the run how many images it will make at most (a patch may need two). */
	expectImages(most: number): void {
		this.#mostImages = most;
	}

	/** Whether another image of this run, or a later run, can use the blocks of an image. */
	get sharesBlocks(): boolean {
		return this.settings.cacheDirectory !== undefined || !this.makesOneImage;
	}

	/** Whether the run makes one image at most. */
	get makesOneImage(): boolean {
		return this.#mostImages <= 1;
	}

	/** Closes something with the run. */
	keepOpen<T extends { close(): Promise<void> | void }>(opened: T): T {
		this.#opened.push(opened);
		return opened;
	}

	/** The settings for readers of images and root file systems. */
	get sourceContext(): SourceContext {
		const { temporaryDirectory, maximumLayer, standardInput, registry, signal } = this.settings;
		return {
			temporaryDirectory,
			maximumUnpacked: maximumLayer,
			standardInput,
			environment: registry.env,
			hashThreads: this.#hashThreads,
			signal,
		};
	}

	/** Hashes are needed only for the cache; one more thread lists the files. */
	get #hashThreads(): number {
		const { cacheDirectory, jobs = processorCount() } = this.settings;
		return cacheDirectory === undefined ? 0 : Math.max(0, Math.min(jobs, MOST_HASHING) - 1);
	}

	/** Returns the workers for images of these options: every image of the run uses them. */
	pool(options: ImageOptions): BlockPool {
		return lendBlockPool(this.shared.pool(options), this.settings.signal);
	}

	/** Ends unfinished work, such as that for other platforms after an error. */
	async #close(): Promise<void> {
		this.#closing.abort();
		const isOwn = this.settings.shared === undefined;
		const opened = [...this.#opened, ...(isOwn ? [this.shared] : [])];
		await Promise.allSettled(opened.map(async (item) => item.close()));
		this.blocks.close();
		this.#passing?.remove();
	}
}

interface CacheFolders {
	readonly directory: string;
	/** Directory of compressed blocks. */
	readonly blocks: string;
}

function foldersOf(directory: string): CacheFolders {
	return { directory, blocks: blocksDirectory(directory) };
}

/** A cache that cannot be used is only a warning. */
function usableCache({ cacheDirectory, onWarning }: RunSettings): CacheFolders | undefined {
	if (cacheDirectory === undefined) return undefined;
	try {
		checkCache(cacheDirectory);
		return foldersOf(cacheDirectory);
	} catch (error) {
		if (!(error instanceof BytesError)) throw error;
		onWarning?.(`${error.message}: nothing is kept`);
		return undefined;
	}
}
