import { parentPort, workerData } from "node:worker_threads";
import type { Compressor, CompressorOptions } from "./compressor.js";
import { loadCompressor } from "./load.js";
import { SlotArena, type SlotArenaBuffers, SlotState } from "./slot-arena.js";

/** What a worker of the pool starts with. */
export interface BlockWorkerData {
	readonly compressorModule: string | undefined;
	readonly compressor: CompressorOptions;
	readonly arena: SlotArenaBuffers;
	/** Post a message per finished block, where main cannot wait on the arena. */
	readonly notify: boolean;
}

/** The loop of a worker thread: take a slot, compress, hand it back; ended by termination. */
async function runBlockWorker(data: BlockWorkerData): Promise<void> {
	const arena = new SlotArena(data.arena);
	const compressor = await loadCompressor(data.compressorModule, data.compressor, data.arena.blockSize);
	for (;;) {
		const { slot, length } = arena.take();
		compressSlot(arena, compressor, slot, length);
		if (data.notify) parentPort?.postMessage(slot);
	}
}

function compressSlot(arena: SlotArena, compressor: Compressor, slot: number, length: number): void {
	const bytes = arena.bytes(slot, length);
	try {
		const stored = compressor.compress(bytes, "data");
		if (stored !== undefined) bytes.set(stored);
		arena.finish(slot, SlotState.DONE, stored?.length ?? 0);
	} catch (cause) {
		const message = Buffer.from(String(cause)).subarray(0, arena.buffers.blockSize);
		arena.bytes(slot).set(message);
		arena.finish(slot, SlotState.FAILED, message.length);
	}
}

await runBlockWorker(workerData as BlockWorkerData);
