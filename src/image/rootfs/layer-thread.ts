import type { Worker } from "node:worker_threads";
import type { Spool } from "../../ground/files/index.js";
import { startThread } from "../../ground/threads/index.js";
import type { ImageLayer } from "../oci/index.js";
import { carriedError } from "./carried-error.js";
import { countBytes, type LayerOptions, layerSubject } from "./layer.js";
import type { LayerAnswer, LayerCall } from "./layer-message.js";
import { type LayerStep, layerEntry } from "./layer-steps.js";

type WithoutLayer<Call> = Call extends unknown ? Omit<Call, "layer"> : never;
type Post = (call: WithoutLayer<LayerCall>, moved?: readonly ArrayBuffer[]) => void;

/** Bytes that move to the thread at a time, and those that it may have ahead. */
const BATCH_BYTES = 1 << 18;
const AHEAD_BYTES = 1 << 20;

/** V8 collects early what the thread has used: chunks of a layer are garbage soon, and hold memory outside its heap. */
const resourceLimits = { maxYoungGenerationSizeMb: 1 };

/**
 * A thread that unpacks layers: decompresses, hashes and parses them, and writes file bodies into the spool. This
 * thread reads their blobs and gets entries. It starts with the first layer, and works on those of any number of images;
 * whoever makes it closes it.
 */
export class LayerThread {
	readonly #layers = new Map<number, ThreadLayer>();
	#opened = 0;
	#worker: Worker | undefined;
	#ended: { readonly cause: unknown } | undefined;

	/** Begins to read a layer's blob, and to decompress it. */
	open(layer: ImageLayer, options: LayerOptions): ThreadLayer {
		this.#worker ??= this.#start();
		const number = this.#opened++;
		const post: Post = (call, moved = []) =>
			this.#worker?.postMessage({ layer: number, ...call }, [...moved]);
		const opened = new ThreadLayer(layer, options, post, () => this.#layers.delete(number));
		this.#layers.set(number, opened);
		if (this.#ended !== undefined) opened.lose(this.#ended.cause);
		return opened;
	}

	/** Ends the thread: nothing is written into spools any more. */
	async close(): Promise<void> {
		await this.#worker?.terminate();
	}

	#start(): Worker {
		const worker = startThread(new URL("./layer-worker.js", import.meta.url), { resourceLimits });
		worker.on("message", (answer: LayerAnswer) => this.#layers.get(answer.layer)?.take(answer));
		worker.on("error", (cause) => this.#end(cause));
		worker.on("exit", (code) => this.#end(new Error(`thread that unpacks layers ended with code ${code}`)));
		return worker;
	}

	#end(cause: unknown): void {
		this.#ended ??= { cause };
		for (const layer of this.#layers.values()) layer.lose(this.#ended.cause);
	}
}

/** A layer that the thread unpacks. */
export class ThreadLayer {
	readonly #options: LayerOptions;
	readonly #post: Post;
	readonly #onClose: () => void;
	readonly #answers: LayerAnswer[] = [];
	readonly #reading: Promise<void>;
	/** Why the blob could not be read, and why the thread does not answer any more. */
	#blobError: { readonly cause: unknown } | undefined;
	#failure: { readonly cause: unknown } | undefined;
	#ahead = 0;
	#closed = false;
	/** The thread does no more for the layer. */
	#isLeft = false;
	#wakeCloser: (() => void) | undefined;
	#wakeReader: (() => void) | undefined;
	#wakeTaker: (() => void) | undefined;

	constructor(layer: ImageLayer, options: LayerOptions, post: Post, onClose: () => void) {
		this.#options = options;
		this.#post = post;
		this.#onClose = onClose;
		const { maximumSize } = options;
		post({ kind: "open", packed: { subject: layerSubject(layer), diffId: layer.diffId, maximumSize } });
		this.#reading = this.#read(layer);
	}

	/**
	 * Yields what the layer consists of; ask for it once. The spool belongs to the thread until the end.
	 * @throws as `openLayerTar` and `unpackSteps`.
	 */
	async *steps(spool: Spool): AsyncGenerator<LayerStep, void, undefined> {
		const { signal } = this.#options;
		const onAbort = (): void => this.#fail(signal?.reason);
		signal?.addEventListener("abort", onAbort, { once: true });
		try {
			signal?.throwIfAborted();
			this.#post({ kind: "unpack", place: spool.lend() });
			for (;;) {
				const answer = await this.#answer();
				if (answer.kind === "done") return;
				if (answer.kind === "failed") throw this.#errorOf(answer);
				if (answer.kind !== "steps") continue;
				spool.extend(answer.written);
				this.#post({ kind: "next" });
				for (const step of answer.steps) yield typeof step === "string" ? step : layerEntry(step, spool);
			}
		} finally {
			signal?.removeEventListener("abort", onAbort);
		}
	}

	/** Stops reading, and has the thread write no more into the spool; must be called. */
	async close(): Promise<void> {
		this.#closed = true;
		this.#wakeReader?.();
		await this.#reading;
		if (!this.#isLeft) await this.#drop();
		this.#onClose();
	}

	/** An answer of the thread. */
	take(answer: LayerAnswer): void {
		if (answer.kind === "used") {
			this.#ahead -= answer.size;
			this.#wakeReader?.();
			return;
		}
		if (answer.kind === "done" || answer.kind === "failed") this.#leave();
		this.#answers.push(answer);
		this.#wakeTaker?.();
	}

	/** The thread is gone: no more answers come. */
	lose(cause: unknown): void {
		this.#leave();
		this.#fail(cause);
	}

	#drop(): Promise<void> {
		this.#post({ kind: "drop" });
		return new Promise((resolve) => {
			this.#wakeCloser = resolve;
		});
	}

	#leave(): void {
		this.#isLeft = true;
		this.#wakeCloser?.();
	}

	#fail(cause: unknown): void {
		this.#failure ??= { cause };
		this.#closed = true;
		this.#wakeReader?.();
		this.#wakeTaker?.();
	}

	async #answer(): Promise<LayerAnswer> {
		for (;;) {
			const answer = this.#answers.shift();
			if (answer !== undefined) return answer;
			if (this.#failure !== undefined) throw this.#failure.cause;
			await new Promise<void>((resolve) => {
				this.#wakeTaker = resolve;
			});
		}
	}

	#errorOf({ error }: LayerAnswer & { readonly kind: "failed" }): unknown {
		return error === undefined ? this.#blobError?.cause : carriedError(error);
	}

	async #read(layer: ImageLayer): Promise<void> {
		let failed = false;
		try {
			await this.#readBlob(layer);
		} catch (cause) {
			failed = true;
			this.#blobError = { cause };
		}
		this.#post({ kind: "end", failed });
	}

	/** Moves the blob to the thread in copies, as whoever reads it may still hold on to what it gave. */
	async #readBlob(layer: ImageLayer): Promise<void> {
		let batch = new Uint8Array(BATCH_BYTES);
		let filled = 0;
		const send = (): void => {
			this.#ahead += filled;
			this.#post({ kind: "bytes", bytes: batch.subarray(0, filled) }, [batch.buffer]);
			batch = new Uint8Array(BATCH_BYTES);
			filled = 0;
		};
		try {
			for await (const chunk of countBytes(layer, this.#options)) {
				for (let done = 0; done < chunk.length; ) {
					const piece = chunk.subarray(done, done + BATCH_BYTES - filled);
					batch.set(piece, filled);
					filled += piece.length;
					done += piece.length;
					if (filled === BATCH_BYTES) send();
				}
				while (this.#ahead >= AHEAD_BYTES && !this.#closed) await this.#roomForMore();
				if (this.#closed) return;
			}
		} finally {
			if (filled > 0) send();
		}
	}

	#roomForMore(): Promise<void> {
		return new Promise((resolve) => {
			this.#wakeReader = resolve;
		});
	}
}
