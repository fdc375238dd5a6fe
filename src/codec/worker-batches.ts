import { setImmediate as nextTurn } from "node:timers/promises";
import type { Stretch } from "../ground/bytes/index.js";
import { UnreadableStretch } from "./block-job.js";
import { StretchListWriter } from "./stretch-list.js";
import type { WorkerSlots, WorkSlot } from "./worker-slots.js";

/** A job that makes a result from each of many stretches. */
export interface BatchJob {
	readonly kind: number;
	readonly argument: number;
	/** Most stretches in one job. Default: as many as fit. */
	readonly most?: number | undefined;
	/** Returns the most bytes of the result. */
	resultSize(stretch: Stretch): number;
	/** Makes the result in this thread. */
	here(stretch: Stretch): Buffer;
}

/** Approximate bytes of the files of one job, few enough that no block waits long for a worker. */
const BATCH_BYTES = 1 << 18;
/** Bytes read in this thread between two turns of the event loop. */
const TURN_BYTES = 1 << 20;

/**
 * Lets workers make a result from each stretch, with as many in one job as fit in a slot. Stretches that workers
 * cannot read are read here.
 * @returns the results in the order of the stretches, those of one job in one buffer.
 */
export async function runBatches(
	workers: WorkerSlots,
	stretches: readonly Stretch[],
	job: BatchJob,
): Promise<readonly Buffer[]> {
	const results: (Buffer | Promise<Buffer>)[] = [];
	let bytesOfTurn = 0;
	for (let begin = 0; begin < stretches.length; ) {
		const slot = await workers.reserve();
		const { count, length } = fillSlot(slot, stretches, begin, job);
		if (count > 0) {
			results.push(runBatch(slot, stretches.slice(begin, begin + count), length, job));
			begin += count;
			continue;
		}
		slot.release();
		const stretch = stretches[begin++]!;
		results.push(job.here(stretch));
		bytesOfTurn += stretch.size;
		if (bytesOfTurn < TURN_BYTES) continue;
		bytesOfTurn = 0;
		await nextTurn();
	}
	return Promise.all(results);
}

/** Lists the next stretches in a slot, as long as they and their results fit and workers can read them. */
function fillSlot(
	{ input }: WorkSlot,
	stretches: readonly Stretch[],
	begin: number,
	job: BatchJob,
): { readonly count: number; readonly length: number } {
	const list = new StretchListWriter(input);
	let [bytes, room, count] = [0, input.length, 0];
	const end = Math.min(stretches.length, begin + (job.most ?? stretches.length));
	for (; begin + count < end && bytes < BATCH_BYTES; count++) {
		const stretch = stretches[begin + count]!;
		room -= job.resultSize(stretch);
		if (room < 0 || !list.add(stretch)) break;
		bytes += stretch.size;
	}
	return { count, length: list.length };
}

function runBatch(slot: WorkSlot, batch: readonly Stretch[], length: number, job: BatchJob): Promise<Buffer> {
	const { kind, argument } = job;
	const made = slot.run({ kind, length, argument }).then(
		({ bytes }) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
		(cause: unknown) => {
			if (!(cause instanceof UnreadableStretch)) throw cause;
			return Buffer.concat(batch.map((stretch) => job.here(stretch)));
		},
	);
	// The promise is awaited after all jobs are started. Until then its rejection must not count as unhandled.
	made.catch(() => {});
	return made;
}
