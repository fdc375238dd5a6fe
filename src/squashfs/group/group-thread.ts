import { startThread } from "../../ground/threads/index.js";
import { decodeGroups, encodeGroups, groupSimilar, type TailGroups } from "./fragment-grouping.js";
import { TailSamples } from "./tail-sample.js";

/** Start data of a grouping thread. */
export interface GroupWorkerData {
	readonly samples: Uint8Array;
	readonly blockSize: number;
}

export interface GroupPlace {
	/** Whether a thread may be started. */
	readonly thread: boolean;
	/** Aborts the grouping. */
	readonly signal?: AbortSignal | undefined;
}

/** Bytes of samples below which grouping is faster than starting a thread. */
const THREAD_PAYS = 1 << 19;

/**
 * Groups tails (see `groupSimilar`) in a thread of its own, while others compress.
 * @param samples as they come from a pool, all in one buffer, whose memory moves to the thread.
 */
export async function groupAside(
	samples: Uint8Array,
	tails: number,
	blockSize: number,
	{ thread, signal }: GroupPlace,
): Promise<TailGroups> {
	if (!thread || samples.length < THREAD_PAYS) return groupSimilar(new TailSamples([samples]), blockSize);
	return decodeGroups(await runThread({ samples, blockSize }, signal), tails);
}

/** Groups tails in the thread, and returns the encoded groups. */
export function groupEncoded({ samples, blockSize }: GroupWorkerData): Uint8Array {
	return encodeGroups(groupSimilar(new TailSamples([samples]), blockSize));
}

function runThread(workerData: GroupWorkerData, signal: AbortSignal | undefined): Promise<Uint8Array> {
	return new Promise((resolve, reject) => {
		const transferList = [workerData.samples.buffer as ArrayBuffer];
		const worker = startThread(new URL("./group-worker.js", import.meta.url), { workerData, transferList });
		const onAbort = (): void => {
			reject(signal?.reason);
			void worker.terminate();
		};
		signal?.addEventListener("abort", onAbort, { once: true });
		worker.on("message", resolve);
		worker.on("error", reject);
		worker.on("exit", (code) => {
			signal?.removeEventListener("abort", onAbort);
			reject(new Error(`grouping thread ended with code ${code}`));
		});
	});
}
