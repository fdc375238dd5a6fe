import type { Worker } from "node:worker_threads";
import type { Spool } from "../../ground/files/index.js";
import { startThread } from "../../ground/threads/index.js";
import type { BlobFile, ImageLayer } from "../oci/index.js";
import { carriedError } from "./carried-error.js";
import { type LayerOptions, layerSubject } from "./layer.js";
import type { LayerAnswer, LayerCall } from "./layer-message.js";
import { type LayerStep, layerEntry } from "./layer-steps.js";
import type { PlacedLayer } from "./placed-layer.js";

type WithoutLayer<Call> = Call extends unknown ? Omit<Call, "layer"> : never;
type Post = (call: WithoutLayer<LayerCall>) => void;

/** V8 collects early what the thread has used: chunks of a layer are garbage soon, and hold memory outside its heap. */
const resourceLimits = { maxYoungGenerationSizeMb: 1 };

/**
 * A thread that unpacks layers: it reads their blobs, decompresses, hashes and parses them, and writes file bodies into
 * the spool. This thread gets entries. The other one starts with the first layer, and works on those of any number of
 * images; whoever makes it closes it.
 */
export class LayerThread {
	readonly #layers = new Map<number, ThreadLayer>();
	#opened = 0;
	#worker: Worker | undefined;
	#ended: { readonly cause: unknown } | undefined;

	/** Begins to decompress a layer, whose file is closed with it. */
	open(layer: ImageLayer, file: BlobFile, options: LayerOptions): ThreadLayer {
		this.#worker ??= this.#start();
		const number = this.#opened++;
		const post: Post = (call) => this.#worker?.postMessage({ layer: number, ...call });
		const opened = new ThreadLayer(layer, file, options, post, () => this.#layers.delete(number));
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
	readonly #layer: ImageLayer;
	readonly #file: BlobFile;
	readonly #options: LayerOptions;
	readonly #post: Post;
	readonly #onClose: () => void;
	readonly #answers: LayerAnswer[] = [];
	/** Why the thread does not answer any more. */
	#failure: { readonly cause: unknown } | undefined;
	/** The thread does no more for the layer. */
	#isLeft = false;
	#wakeCloser: (() => void) | undefined;
	#wakeTaker: (() => void) | undefined;

	constructor(layer: ImageLayer, file: BlobFile, options: LayerOptions, post: Post, onClose: () => void) {
		this.#layer = layer;
		this.#file = file;
		this.#options = options;
		this.#post = post;
		this.#onClose = onClose;
		post({ kind: "open", placed: placedLayer(layer, file, options) });
	}

	/**
	 * Yields what the layer consists of; ask for it once. The spool belongs to the thread until the end.
	 * @throws as `openLayerTar` and `unpackSteps`.
	 */
	async *steps(spool: Spool): AsyncGenerator<LayerStep, void, undefined> {
		const { signal, onProgress } = this.#options;
		const onAbort = (): void => this.#fail(signal?.reason);
		signal?.addEventListener("abort", onAbort, { once: true });
		try {
			signal?.throwIfAborted();
			this.#post({ kind: "unpack", place: spool.lend() });
			for (;;) {
				const answer = await this.#answer();
				if (answer.kind === "failed") throw carriedError(answer.error);
				if (answer.kind !== "steps") return;
				spool.extend(answer.written);
				this.#post({ kind: "next" });
				onProgress?.(this.#layer, answer.read);
				for (const step of answer.steps) yield typeof step === "string" ? step : layerEntry(step, spool);
			}
		} finally {
			signal?.removeEventListener("abort", onAbort);
		}
	}

	/** Has the thread read and write no more, and closes the file; must be called. */
	async close(): Promise<void> {
		if (!this.#isLeft) await this.#drop();
		this.#file.close();
		this.#onClose();
	}

	/** An answer of the thread. */
	take(answer: LayerAnswer): void {
		if (answer.kind !== "steps") this.#leave();
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
}

/** What the thread needs to know. */
function placedLayer(
	layer: ImageLayer,
	{ file, position, isChecked }: BlobFile,
	{ maximumSize }: LayerOptions,
): PlacedLayer {
	const { diffId, descriptor } = layer;
	const { mediaType, digest, size } = descriptor;
	return {
		subject: layerSubject(layer),
		diffId,
		maximumSize,
		descriptor: { mediaType, digest, size },
		file: { file, position, isChecked },
	};
}
