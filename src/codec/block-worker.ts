import { parentPort, workerData } from "node:worker_threads";
import type { CompressorName, CompressorOptions } from "./compressor.js";
import { createDecompressor } from "./create.js";
import { loadCompressor } from "./load.js";
import { SlotArena, type SlotArenaBuffers, SlotState } from "./slot-arena.js";

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

/** Returns the result of a block, or undefined where there is none that is shorter. */
type Work = (block: Uint8Array) => Uint8Array | undefined;

async function openWork(work: BlockWork, blockSize: number): Promise<Work> {
	if ("compress" in work) {
		const compressor = await loadCompressor(work.module, work.compress, blockSize);
		return (block) => compressor.compress(block, "data");
	}
	const decompressor = createDecompressor(work.expand, blockSize);
	return (block) => {
		const expanded = decompressor.decompress(block, blockSize);
		if (expanded.length > 0) return expanded;
		throw new RangeError("expected at least one byte, got none");
	};
}

/** The loop of a worker thread: take a slot, work on it, hand it back; ended by termination. */
async function runBlockWorker(data: BlockWorkerData): Promise<void> {
	const arena = new SlotArena(data.arena);
	const work = await openWork(data.work, data.arena.blockSize);
	for (;;) {
		const { slot, length } = arena.take();
		workOnSlot(arena, work, slot, length);
		if (data.notify) parentPort?.postMessage(slot);
	}
}

function workOnSlot(arena: SlotArena, work: Work, slot: number, length: number): void {
	try {
		const result = work(arena.bytes(slot, length));
		if (result !== undefined) arena.bytes(slot, result.length).set(result);
		arena.finish(slot, SlotState.DONE, result?.length ?? 0);
	} catch (cause) {
		const message = Buffer.from(String(cause)).subarray(0, arena.buffers.blockSize);
		arena.bytes(slot).set(message);
		arena.finish(slot, SlotState.FAILED, message.length);
	}
}

await runBlockWorker(workerData as BlockWorkerData);
