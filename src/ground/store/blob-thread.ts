import type { FileHandle } from "node:fs/promises";
import type { Worker } from "node:worker_threads";
import { startThread } from "../threads/index.js";

/** Hashes the bytes of a blob and writes them to its file, batch by batch, in order. */
export interface BlobSink {
	/**
	 * Takes `size` bytes of a batch, memory and all, and gives the memory back when they are written.
	 * @throws what the system says
	 */
	append(batch: Uint8Array<ArrayBuffer>, size: number, position: number): Promise<Uint8Array<ArrayBuffer>>;
	/** Lower-case hex digest of all bytes so far. */
	digest(): Promise<string>;
	close(): void;
}

/** A call to the thread about one blob. Calls are answered in order. */
export type BlobCall = { readonly call: number; readonly blob: number } & (
	| {
			readonly kind: "open";
			readonly algorithm: string;
			readonly descriptor: number;
			/** Bytes of the file that are hashed first. */
			readonly hashed: number;
	  }
	| {
			readonly kind: "append";
			/** Moves to the thread, and back with the answer. */
			readonly batch: Uint8Array<ArrayBuffer>;
			readonly size: number;
			readonly position: number;
	  }
	| { readonly kind: "digest" }
	| { readonly kind: "close" }
);

type WithoutNumbers<Call> = Call extends unknown ? Omit<Call, "call" | "blob"> : never;

/** An answer: the requested digest, the memory of a batch, or the system's error. */
export interface BlobAnswer {
	readonly call: number;
	readonly digest?: string | undefined;
	readonly batch?: Uint8Array<ArrayBuffer> | undefined;
	readonly failure?: { readonly message: string; readonly code: string | undefined } | undefined;
}

interface Waiting {
	resolve(answer: BlobAnswer): void;
	reject(reason: unknown): void;
}

let shared: BlobThread | undefined;

/** A thread that hashes and writes what this one receives; it never keeps the process alive by itself. */
export class BlobThread {
	readonly #worker: Worker;
	readonly #waiting = new Map<number, Waiting>();
	#calls = 0;
	#blobs = 0;

	private constructor() {
		this.#worker = startThread(new URL("./blob-worker.js", import.meta.url), {});
		this.#worker.on("message", (answer: BlobAnswer) => this.#settle(answer));
		this.#worker.on("error", (cause) => this.#end(cause));
		this.#worker.on("exit", (code) => this.#end(new Error(`thread ended with code ${code}`)));
		// Listening would keep the process alive.
		this.#worker.unref();
	}

	/** Returns the thread of the process, which starts when it is first needed. */
	static shared(): BlobThread {
		shared ??= new BlobThread();
		return shared;
	}

	/**
	 * A sink of the thread's. It does not wait for the thread, which may still be starting: a begin
	 * that cannot be read is reported by the calls that follow.
	 */
	openSink(file: FileHandle, algorithm: string, hashed: number): BlobSink {
		const blob = this.#blobs++;
		const opened = this.#call(blob, { kind: "open", algorithm, descriptor: file.fd, hashed });
		opened.catch(() => {});
		const call = async (work: WithoutNumbers<BlobCall>): Promise<BlobAnswer> => {
			const [answer] = await Promise.all([this.#call(blob, work), opened]);
			return answer;
		};
		return {
			async append(batch, size, position) {
				return (await call({ kind: "append", batch, size, position })).batch ?? batch;
			},
			async digest() {
				return (await call({ kind: "digest" })).digest ?? "";
			},
			close() {
				call({ kind: "close" }).catch(() => {});
			},
		};
	}

	#call(blob: number, work: WithoutNumbers<BlobCall>): Promise<BlobAnswer> {
		return new Promise((resolve, reject) => {
			const call = this.#calls++;
			if (this.#waiting.size === 0) this.#worker.ref();
			this.#waiting.set(call, { resolve, reject });
			const moved = work.kind === "append" ? [work.batch.buffer] : [];
			this.#worker.postMessage({ call, blob, ...work } satisfies BlobCall, moved);
		});
	}

	#settle(answer: BlobAnswer): void {
		const waiting = this.#waiting.get(answer.call);
		this.#waiting.delete(answer.call);
		if (this.#waiting.size === 0) this.#worker.unref();
		const { failure } = answer;
		if (failure === undefined) waiting?.resolve(answer);
		else waiting?.reject(Object.assign(new Error(failure.message), { code: failure.code }));
	}

	#end(cause: unknown): void {
		if (shared === this) shared = undefined;
		for (const { reject } of this.#waiting.values()) reject(cause);
		this.#waiting.clear();
	}
}
