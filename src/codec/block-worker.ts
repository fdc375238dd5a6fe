import { parentPort, workerData } from "node:worker_threads";
import { threadStarted } from "../ground/threads/index.js";
import { compressingWork, expandingWork, type SlotWork, UnreadableStretch } from "./block-job.js";
import type { Compressor, CompressorName, CompressorOptions } from "./compressor.js";
import { createDecompressor } from "./create.js";
import { loadCompressor } from "./load.js";
import { SlotArena, type SlotArenaBuffers, SlotState, type TakenSlot } from "./slot-arena.js";

/** The work of workers: to compress blocks, by the caller's module if given, or to expand them. */
export type BlockWork =
	| { readonly compress: CompressorOptions; readonly module: string | undefined }
	| { readonly expand: CompressorName };

/** Start data of a worker. */
export interface BlockWorkerData {
	readonly work: BlockWork;
	readonly arena: SlotArenaBuffers;
	/** Whether to post a message for each finished block, because the main thread cannot wait on the arena. */
	readonly notify: boolean;
}

const WARM_UP_BYTES = 4096;

/**
 * Compresses a block for nothing, so that V8 begins to optimise the encoder while this thread samples files. Otherwise
 * the first real blocks take three times as long.
 */
function warmUp(compressor: Compressor): void {
	compressor.compress(
		Uint8Array.from({ length: WARM_UP_BYTES }, (_, i) => (i * i) >> 6),
		"data",
	);
}

async function openWork(work: BlockWork, blockSize: number): Promise<SlotWork> {
	if ("compress" in work) {
		const compressor = await loadCompressor(work.module, work.compress, blockSize);
		if (work.module === undefined) warmUp(compressor);
		return compressingWork(compressor, blockSize);
	}
	return expandingWork(createDecompressor(work.expand, blockSize), blockSize);
}

/** Runs a worker thread: takes slots, works on them, and hands them back, until the thread is terminated. */
async function runBlockWorker(data: BlockWorkerData): Promise<void> {
	const arena = new SlotArena(data.arena);
	const work = await openWork(data.work, data.arena.blockSize);
	for (;;) {
		const taken = arena.take();
		workOnSlot(arena, work, taken);
		if (data.notify) parentPort?.postMessage(taken.slot);
	}
}

function workOnSlot(arena: SlotArena, work: SlotWork, { slot, ...job }: TakenSlot): void {
	const memory = arena.bytes(slot);
	try {
		arena.finish(slot, SlotState.DONE, work(memory, job));
	} catch (cause) {
		const message = Buffer.from(String(cause)).subarray(0, memory.length);
		memory.set(message);
		const state = cause instanceof UnreadableStretch ? SlotState.UNREAD : SlotState.FAILED;
		arena.finish(slot, state, message.length);
	}
}

threadStarted();
await runBlockWorker(workerData as BlockWorkerData);
