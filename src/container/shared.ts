import { type BlockPool, createBlockPool } from "../codec/index.js";
import type { Digest, ImageSource, Reference } from "../image/oci/index.js";
import type { RegistryConnections, RegistryOptions } from "../image/registry/index.js";
import type { ImageOptions } from "../squashfs/format/index.js";

/** How much of the machine runs may use, and how they reach registries. */
export interface SharedOptions {
	readonly registry: RegistryOptions;
	/** Worker threads of each pool. Default: the CPUs that this process may use. */
	readonly jobs?: number | undefined;
	/** Bytes that compression may take. */
	readonly memory?: number | undefined;
	/** Ends all workers at once. */
	readonly signal?: AbortSignal | undefined;
}

/**
 * Workers and connections to registries that several runs share, one after the other or at the same time.
 * Close it after the last run.
 */
export class Shared {
	readonly #options: SharedOptions;
	readonly #pools: Map<string, BlockPool> = new Map();
	#registries: Promise<RegistryConnections> | undefined;

	constructor(options: SharedOptions) {
		this.#options = options;
	}

	/** Returns the workers for images of these options; they start when blocks wait for them. */
	pool({ compressor, blockSize }: ImageOptions): BlockPool {
		const { jobs, memory, signal } = this.#options;
		const key = JSON.stringify([compressor, blockSize]);
		const pool = this.#pools.get(key) ?? createBlockPool({ compressor, blockSize, jobs, memory, signal });
		this.#pools.set(key, pool);
		return pool;
	}

	/**
	 * Opens the image of a reference. The HTTP client is loaded here, as it takes a while and not every image
	 * comes from a registry.
	 */
	async openRegistry(reference: Reference): Promise<ImageSource> {
		return (await this.#connect()).open(reference);
	}

	/** Opens what refers to an image in its repository, such as signatures. */
	async openReferrers(reference: Reference, digest: Digest): Promise<ImageSource> {
		return (await this.#connect()).openReferrers(reference, digest);
	}

	#connect(): Promise<RegistryConnections> {
		this.#registries ??= import("../image/registry/index.js").then(
			({ RegistryConnections: Connections }) => new Connections(this.#options.registry),
		);
		return this.#registries;
	}

	/** Ends workers and connections, even while they work. */
	async close(): Promise<void> {
		const pools = [...this.#pools.values()].map(async (pool) => pool.close());
		const registries = this.#registries?.then((connections) => connections.close());
		await Promise.allSettled([...pools, registries]);
	}
}
