import type { BlockPool } from "../../codec/index.js";
import type { Content } from "../../ground/bytes/index.js";
import type { BlockStore } from "../cache/index.js";
import type { ImageOptions } from "../format/index.js";
import { BlockMaker } from "./block-maker.js";
import { blockPieces } from "./file-pieces.js";

/** Compresses blocks before their tree is complete. */
export interface Precompressor {
	/** Queues a finished file, except an incomplete last block. If nobody uses the result, it only costs time. */
	offer(content: Content): void;
	/** Stops, as the writer now knows what is needed. Resolves when nothing is read any more. */
	stop(): Promise<void>;
}

/**
 * Fills `store` with the blocks of the offered files until it is stopped. The writer of an image with the same
 * options, pool and store finds them, even unfinished ones. Errors are left for the writer to find.
 */
export function createPrecompressor(
	options: ImageOptions,
	pool: BlockPool,
	store: BlockStore,
): Precompressor {
	// Nobody waits for these blocks but the store.
	const giving: BlockStore = {
		find: (key, memory) => store.find(key, memory),
		keep: (key, block) => store.keep(key, block, true),
	};
	const maker = new BlockMaker(options, pool, { store: giving });
	const queue: Content[] = [];
	let stopped = options.rawData;
	let working: Promise<void> | undefined;

	async function work(): Promise<void> {
		for (let content = queue.shift(); content; content = queue.shift()) {
			for (const piece of blockPieces(content, options)) {
				if (stopped) return;
				const { block, release } = await maker.make("data", [piece]);
				if (block instanceof Promise) block.catch(() => {});
				release?.();
			}
		}
	}

	return {
		offer(content) {
			if (stopped || content.size < options.blockSize) return;
			queue.push(content);
			working ??= work()
				.catch(() => {
					stopped = true;
				})
				.finally(() => {
					working = undefined;
				});
		},
		async stop() {
			stopped = true;
			await working;
		},
	};
}
