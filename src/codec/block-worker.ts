import { parentPort, workerData } from "node:worker_threads";
import { compressingWork, expandingWork, type SlotWork, UnreadableStretch } from "./block-job.js";
import type { CompressorName, CompressorOptions } from "./compressor.js";
import { createDecompressor } from "./create.js";
import { loadCompressor } from "./load.js";
import { SlotArena, type SlotArenaBuffers, SlotState, type TakenSlot } from "./slot-arena.js";

/** What workers do with blocks: compress them, by a module of the caller's where one is named, or expand them. */
export type BlockWork =
	| { readonly compress: CompressorOptions; readonly module: string | undefined }
	| { readonly expand: CompressorName };

/** What a worker of the pool starts with. */
export interface BlockWorkerData {
	readonly work: BlockWork;
	readonly arena: SlotArenaBuffers;
	/** Post a message per finished block, where main cannot wait on the arena. */
	readonly notify: boolean;
}

async function openWork(work: BlockWork, blockSize: number): Promise<SlotWork> {
	if ("compress" in work) {
		return compressingWork(await loadCompressor(work.module, work.compress, blockSize), blockSize);
	}
	return expandingWork(createDecompressor(work.expand, blockSize), blockSize);
}

/** The loop of a worker thread: take a slot, work on it, hand it back; ended by termination. */
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

await runBlockWorker(workerData as BlockWorkerData);
