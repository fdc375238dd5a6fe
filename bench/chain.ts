import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BlockPool, createBlockPool } from "../src/codec/index.js";
import { readRootfsDirectory } from "../src/image/sources/rootfs-directory.js";
import { DEFAULT_IMAGE_OPTIONS } from "../src/squashfs/format/index.js";
import { groupAside } from "../src/squashfs/group/index.js";
import { writeSquashfs } from "../src/squashfs/write/index.js";
import { processTime } from "./main-time.js";
import { SLEEPING_MODULE } from "./sleeping-compressor.js";

/** What an image takes with one worker, in seconds, by what has to wait for what. */
export interface Chain {
	/** Of the main thread. */
	readonly listing: number;
	/** Samples and digests: of the workers. */
	readonly sampling: number;
	/** Of a thread by itself, beside the data blocks. */
	readonly grouping: number;
	/** Of the workers. */
	readonly blocks: number;
	/** Of the workers. */
	readonly fragments: number;
	/** From the last block to the end: of the main thread. */
	readonly end: number;
	/** Processor time of the main thread from the listing to the end. */
	readonly main: number;
}

/**
 * Seconds by calculation with so many workers: what workers do is shared, everything else waits for its turn, and
 * nothing is faster than the main thread.
 */
export function chainSeconds(
	{ listing, sampling, grouping, blocks, fragments, end, main }: Chain,
	workers: number,
): number {
	const beside = Math.max(grouping, blocks / workers);
	return Math.max(main, listing + sampling / workers + beside + fragments / workers + end);
}

/** Makes an image with one worker whose encoder sleeps, and watches what it is asked for. */
export async function measureChain(tree: string): Promise<Chain> {
	const { compressor, blockSize } = DEFAULT_IMAGE_OPTIONS;
	const place = mkdtempSync(join(tmpdir(), "pvpkg-bench-chain-"));
	const pool = createBlockPool({ compressor, blockSize, jobs: 1, compressorModule: SLEEPING_MODULE });
	try {
		// The start of the worker is no part of the chain: it happens beside the listing.
		await (await pool.reserve()).compress([], false);
		const times = new PhaseTimes();
		const before = processTime().main;
		const start = performance.now();
		const root = await readRootfsDirectory(tree);
		const listed = performance.now();
		await writeSquashfs(root, join(place, "image"), DEFAULT_IMAGE_OPTIONS, { pool: times.watch(pool) });
		const written = performance.now();
		const main = processTime().main - before;
		const group = performance.now();
		await groupAside(Buffer.concat(times.samples), times.tails, blockSize, { thread: true });
		const grouping = performance.now() - group;
		return {
			listing: (listed - start) / 1000,
			sampling: times.sampling / 1000,
			grouping: grouping / 1000,
			blocks: (times.firstFragment - times.firstBlock) / 1000,
			fragments: (times.last - times.firstFragment) / 1000,
			end: (written - times.last) / 1000,
			main,
		};
	} finally {
		await pool.close();
		rmSync(place, { recursive: true });
	}
}

/** When what was asked of a pool, in milliseconds. */
class PhaseTimes {
	sampling = 0;
	samples: readonly Uint8Array[] = [];
	tails = 0;
	firstBlock = 0;
	firstFragment = 0;
	last = 0;

	watch(pool: BlockPool): BlockPool {
		const timed = async <T>(work: Promise<T>): Promise<T> => {
			const start = performance.now();
			const result = await work;
			this.sampling += performance.now() - start;
			return result;
		};
		const { compressor, blockSize, jobs, slots } = pool;
		return {
			compressor,
			blockSize,
			jobs,
			slots,
			digest: (contents) => timed(pool.digest(contents)),
			sample: async (stretches, limit) => {
				this.tails = stretches.length;
				this.samples = await timed(pool.sample(stretches, limit));
				return this.samples;
			},
			reserve: async () => {
				const { compress, release } = await pool.reserve();
				return {
					release,
					compress: async (stretches, mayBeHole) => {
						this.firstBlock ||= performance.now();
						if (!mayBeHole) this.firstFragment ||= performance.now();
						const block = await compress(stretches, mayBeHole);
						this.last = performance.now();
						return block;
					},
				};
			},
			close: () => pool.close(),
		};
	}
}
