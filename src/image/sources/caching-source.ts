import { BytesError, jointSignal, Limiter } from "../../ground/bytes/index.js";
import { type FileContent, streamContent } from "../../ground/files/index.js";
import type { ContentStore, PartialBlob } from "../../ground/store/index.js";
import {
	type BlobFile,
	type Descriptor,
	type Digest,
	type FetchedManifest,
	type ImageSource,
	OciError,
} from "../oci/index.js";
import { blobFile } from "./blob-file.js";
import { SourceError } from "./errors.js";
import { ManifestCache } from "./manifest-cache.js";

/** How often a blob with a wrong digest is fetched in all. */
const ATTEMPTS = 3;

/** Progress is reported once in so many bytes. */
const REPORTED_BYTES = 1 << 20;

export interface CachingOptions {
	/** Refuses everything that needs the inner source. */
	readonly offline?: boolean | undefined;
	/** Downloads at a time: 1 or more, 4 by default. */
	readonly parallel?: number | undefined;
	/** Called when bytes of a blob arrive, also those that were there. */
	readonly onProgress?: ((progress: BlobProgress) => void) | undefined;
}

export interface BlobProgress {
	readonly descriptor: Descriptor;
	/** Bytes of the blob that are there now; less than before where a download starts again. */
	readonly available: number;
	/** Bytes of it that came over the network in this run. */
	readonly transferred: number;
}

/** An ImageSource whose blobs are kept in a content store. */
export interface CachingSource extends ImageSource {
	/**
	 * Starts fetching blobs, in this order and several at a time, and waits for all of them.
	 * `openBlob` meanwhile waits for its own blob only.
	 */
	prefetch(descriptors: readonly Descriptor[], signal?: AbortSignal): Promise<void>;
}

/**
 * Puts a content store before a source that is not local. A blob is fetched once, however many
 * images, runs and processes share it; an interrupted download goes on where it ended; a stored
 * blob is hashed before its first use and fetched again if it is damaged.
 */
export function cachedSource(
	source: ImageSource,
	store: ContentStore,
	options: CachingOptions = {},
): CachingSource {
	return source.local ? passedThrough(source, options) : new StoreBackedSource(source, store, options);
}

/** A copy in the store of what is on this machine would only cost time and disk. */
function passedThrough(source: ImageSource, { onProgress }: CachingOptions): CachingSource {
	return {
		name: source.name,
		local: true,
		holds: async (descriptor) => (await source.holds?.(descriptor)) ?? true,
		fetchManifest: (digest, signal) => source.fetchManifest(digest, signal),
		openBlob: (descriptor, signal, offset) => source.openBlob(descriptor, signal, offset),
		openFile: async (descriptor, signal) => source.openFile?.(descriptor, signal),
		async prefetch(descriptors) {
			for (const descriptor of descriptors) {
				onProgress?.({ descriptor, available: descriptor.size, transferred: 0 });
			}
		},
		close: () => source.close(),
	};
}

class StoreBackedSource implements CachingSource {
	readonly name: string;
	readonly #source: ImageSource;
	readonly #store: ContentStore;
	readonly #options: CachingOptions;
	readonly #manifests: ManifestCache;
	readonly #downloads: Limiter;
	/** What this process has checked or is fetching. */
	readonly #ready = new Map<Digest, Promise<void>>();
	readonly #closing = new AbortController();

	constructor(source: ImageSource, store: ContentStore, options: CachingOptions) {
		this.name = source.name;
		this.#source = source;
		this.#store = store;
		this.#options = options;
		this.#manifests = new ManifestCache(store, source.name);
		this.#downloads = new Limiter(options.parallel ?? 4);
	}

	async fetchManifest(digest?: Digest, signal?: AbortSignal): Promise<FetchedManifest> {
		const { offline } = this.#options;
		// Only where there is a manifest that could still be right is it worth asking which one is.
		const asks = !offline && this.#manifests.knowsTag();
		const meant = digest ?? (asks ? await this.#source.resolveDigest?.(signal) : undefined);
		const stored = meant || offline ? await this.#manifests.read(meant) : undefined;
		if (stored) {
			if (digest === undefined && !offline) this.#manifests.write(stored, undefined);
			return stored;
		}
		if (offline) throw this.#offlineError(digest ?? "the manifest");
		// What is new has blobs that are new.
		this.#store.prepareToReceive();
		const fetched = await this.#source.fetchManifest(digest, signal);
		this.#manifests.write(fetched, digest);
		return fetched;
	}

	async *openBlob(descriptor: Descriptor, signal?: AbortSignal, offset = 0): AsyncGenerator<Uint8Array> {
		const content = await this.#open(descriptor, signal);
		try {
			for await (const chunk of streamContent(content, offset)) {
				signal?.throwIfAborted();
				yield chunk;
			}
		} finally {
			content.close();
		}
	}

	async openFile(descriptor: Descriptor, signal?: AbortSignal): Promise<BlobFile | undefined> {
		const content = await this.#open(descriptor, signal);
		return blobFile(content, true, () => content.close());
	}

	async prefetch(descriptors: readonly Descriptor[], signal?: AbortSignal): Promise<void> {
		await Promise.all(descriptors.map((descriptor) => this.#ensure(descriptor, signal)));
	}

	/** Ends downloads that still go on; what came of them is kept. */
	async close(): Promise<void> {
		this.#closing.abort();
		await Promise.allSettled(this.#ready.values());
		await this.#source.close();
	}

	/** Opens a blob that is stored, or is first fetched. */
	async #open(descriptor: Descriptor, signal: AbortSignal | undefined): Promise<FileContent> {
		for (let attempt = 1; ; attempt++) {
			await this.#ensure(descriptor, signal);
			try {
				return this.#store.openContent(descriptor.digest);
			} catch (error) {
				// Opened, it would stay readable: another process has removed it before that (`prune`).
				const gone = error instanceof BytesError && error.code === "ERR_FILE_NOT_FOUND";
				if (!gone || attempt >= ATTEMPTS) throw error;
				this.#ready.delete(descriptor.digest);
			}
		}
	}

	#ensure(descriptor: Descriptor, signal: AbortSignal | undefined): Promise<void> {
		let ready = this.#ready.get(descriptor.digest);
		if (ready === undefined) {
			const either = jointSignal(this.#closing.signal, signal);
			ready = this.#downloads.run(() => this.#makeReady(descriptor, either));
			this.#ready.set(descriptor.digest, ready);
		}
		return ready;
	}

	async #makeReady(descriptor: Descriptor, signal: AbortSignal): Promise<void> {
		signal.throwIfAborted();
		const { digest, size } = descriptor;
		const sound = this.#store.has(digest, size) && (await this.#store.verifyBlob(digest));
		if (sound) this.#report(descriptor, size, 0);
		else if (this.#options.offline) throw this.#offlineError(`blob ${digest}`);
		else await this.#download(descriptor, signal);
		this.#store.touch(digest, Date.now());
	}

	/** Downloads, or waits while another process does. */
	async #download(descriptor: Descriptor, signal: AbortSignal): Promise<void> {
		const { digest, size } = descriptor;
		const lock = await this.#store.lockBlob(digest, size, signal);
		if (lock === undefined) return this.#report(descriptor, size, 0);
		try {
			if (this.#store.has(digest, size)) return this.#report(descriptor, size, 0);
			for (let attempt = 1; !(await this.#transfer(descriptor, attempt, signal)); attempt++);
		} finally {
			lock.release();
		}
	}

	/** One attempt; `false` when the bytes came out wrong and another is worth it. */
	async #transfer(descriptor: Descriptor, attempt: number, signal: AbortSignal): Promise<boolean> {
		const blob = await this.#store.receiveBlob(descriptor.digest, descriptor.size);
		try {
			await this.#receive(blob, descriptor, signal);
			await blob.commit();
			return true;
		} catch (error) {
			// Enough bytes came, so what failed was their size or digest: not a matter of the network's patience.
			const whole = blob.received === descriptor.size;
			const wrong = (whole || error instanceof OciError) && !signal.aborted;
			if (wrong) await blob.discard();
			if (!wrong || attempt >= ATTEMPTS) throw error;
			return false;
		} finally {
			await blob.close();
		}
	}

	async #receive(blob: PartialBlob, descriptor: Descriptor, signal: AbortSignal): Promise<void> {
		const start = blob.received;
		this.#report(descriptor, start, 0);
		if (start === descriptor.size && start > 0) return;
		let reported = Number.NEGATIVE_INFINITY;
		for await (const chunk of this.#source.openBlob(descriptor, signal, start)) {
			await blob.write(chunk);
			this.#source.freeChunk?.(chunk);
			if (blob.received - reported < REPORTED_BYTES && blob.received < descriptor.size) continue;
			reported = blob.received;
			this.#report(descriptor, reported, reported - start);
		}
	}

	#report(descriptor: Descriptor, available: number, transferred: number): void {
		this.#options.onProgress?.({ descriptor, available, transferred });
	}

	#offlineError(what: string): SourceError {
		const message = `${this.name}: read ${what}: not in the content store, and the network is forbidden (--offline)`;
		return new SourceError("ERR_OFFLINE", message);
	}
}
