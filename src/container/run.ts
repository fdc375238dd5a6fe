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

/** Threads that hash, this one included: more of them wait for the disk, or for one another. */
const MOST_HASHING = 4;

/** What the images and packages of one command share: the store, the workers, whatever is open. */
export class Run {
	readonly settings: RunSettings;
	readonly ports: Ports;
	readonly store: ContentStore;
	/** Compressed blocks of earlier runs and of this one. */
	readonly blocks: BlockCache;
	/** What images have in common is unpacked once. */
	readonly layers: UnpackedLayers;
	/** Images that this run makes or has made, by key. */
	readonly made: Map<string, Promise<MadeImage>> = new Map();
	/** Workers and connections: the run's own, unless the settings bring some. */
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

	/** Starts a list of findings, each of which is reported as it comes. */
	findings(): Findings {
		return new Findings(this.#report);
	}

	/** Prints a note; the same one once in a run. */
	note(message: string): void {
		if (!this.#notes.has(message)) this.settings.onNote?.(message);
		this.#notes.add(message);
	}

	/** Says how many images the run will make at most, as soon as that is known (a patch may need two for one). */
	expectImages(most: number): void {
		this.#mostImages = most;
	}

	/** Whether the blocks of an image are of use to anybody else: to another image of this run, or to a later run. */
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

	/** What the readers of images and root file systems need of the settings. */
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

	/** Only what is cached has to be hashed; and one thread hashes beside the one that looks for files. */
	get #hashThreads(): number {
		const { cacheDirectory, jobs = processorCount() } = this.settings;
		return cacheDirectory === undefined ? 0 : Math.max(0, Math.min(jobs, MOST_HASHING) - 1);
	}

	/** Returns the workers for images of these options: every image of the run uses them. */
	pool(options: ImageOptions): BlockPool {
		return lendBlockPool(this.shared.pool(options), this.settings.signal);
	}

	/** Ends whatever is still going on: after an error, work for other platforms. */
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
	/** Of compressed blocks. */
	readonly blocks: string;
}

function foldersOf(directory: string): CacheFolders {
	return { directory, blocks: blocksDirectory(directory) };
}

/** The cache never fails the work that it is for. */
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
