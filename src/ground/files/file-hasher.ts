import { setImmediate as nextTurn } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { type ByteString, contentSha256, type FileVersion } from "../bytes/index.js";
import { startThread } from "../threads/index.js";
import type { FileDigest, TreeFile } from "./tree-file.js";

/** Files that are hashed as one job, enough of them that a message costs little. */
export interface HashBatch {
	readonly index: number;
	readonly files: readonly ListedFile[];
}

interface ListedFile {
	readonly path: ByteString;
	readonly size: number;
	readonly version: FileVersion | undefined;
}

/** Digests of a batch; undefined for a file that cannot be hashed. */
export interface HashedBatch {
	readonly index: number;
	readonly digests: readonly (FileDigest | undefined)[];
}

/** Start data of a hashing thread: one word per batch, 1 once a thread has taken it. */
export interface HashWorkerData {
	readonly claims: Int32Array;
}

const BATCH_FILES = 128;
const BATCH_BYTES = 4 << 20;
const MOST_BATCHES = 1 << 16;

/** Takes a batch, unless another thread did. */
export function claimBatch(claims: Int32Array, index: number): boolean {
	return Atomics.exchange(claims, index, 1) === 0;
}

/**
 * Hashes files in other threads while this one lists further files, so that `contentSha256` knows their
 * digests. Every thread gets every batch, and the first free one takes the next file: this thread too, in the
 * end. A file that cannot be hashed causes an error when it is read.
 */
export class FileHasher {
	readonly #threads: number;
	readonly #claims = new Int32Array(new SharedArrayBuffer(MOST_BATCHES * Int32Array.BYTES_PER_ELEMENT));
	readonly #workers: Worker[] = [];
	readonly #batches: TreeFile[][] = [];
	readonly #answered = new Set<number>();
	#batch: TreeFile[] = [];
	#bytes = 0;
	#failed = false;
	#onAnswer: () => void = () => {};

	/** @param threads besides this one; they start when there is a batch for them. */
	constructor(threads: number) {
		this.#threads = threads;
	}

	add(file: TreeFile): void {
		this.#batch.push(file);
		this.#bytes += file.size;
		if (this.#bytes >= BATCH_BYTES || this.#batch.length === BATCH_FILES) this.#send();
	}

	/** Hashes the files that no thread took, and waits for the others. May be called again. */
	async finish(): Promise<void> {
		this.#batches.push(this.#batch.splice(0));
		const theirs: number[] = [];
		for (const [index, files] of this.#batches.entries()) {
			if (index < MOST_BATCHES && !claimBatch(this.#claims, index)) {
				theirs.push(index);
				continue;
			}
			for (const file of files) hashIfReadable(file);
			this.#answered.add(index);
			await nextTurn();
		}
		while (!this.#failed && theirs.some((index) => !this.#answered.has(index))) {
			await new Promise<void>((resolve) => {
				this.#onAnswer = resolve;
			});
		}
	}

	async close(): Promise<void> {
		await Promise.all(this.#workers.map((worker) => worker.terminate()));
	}

	#send(): void {
		const index = this.#batches.push(this.#batch) - 1;
		const files = this.#batch.map(({ path, size, version }) => ({ path, size, version }));
		this.#batch = [];
		this.#bytes = 0;
		if (index >= MOST_BATCHES) return;
		if (this.#workers.length < this.#threads) this.#startWorkers();
		for (const worker of this.#workers) worker.postMessage({ index, files } satisfies HashBatch);
	}

	#startWorkers(): void {
		const workerData: HashWorkerData = { claims: this.#claims };
		while (this.#workers.length < this.#threads) {
			const worker = startThread(new URL("./hash-worker.js", import.meta.url), { workerData });
			worker.on("message", (batch: HashedBatch) => this.#adopt(batch));
			worker.on("error", () => this.#giveUp());
			worker.on("exit", () => this.#giveUp());
			this.#workers.push(worker);
		}
	}

	#adopt({ index, digests }: HashedBatch): void {
		for (const [i, digest] of digests.entries()) {
			if (digest !== undefined) this.#batches[index]![i]!.adopt(digest);
		}
		this.#answered.add(index);
		this.#onAnswer();
	}

	#giveUp(): void {
		this.#failed = true;
		this.#onAnswer();
	}
}

/** What cannot be read may not be wanted after all. */
function hashIfReadable(file: TreeFile): void {
	try {
		contentSha256(file);
	} catch {
		// The code that reads its bytes reports what is wrong.
	}
}
