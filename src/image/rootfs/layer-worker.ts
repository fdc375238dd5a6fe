import { parentPort } from "node:worker_threads";
import { Spool } from "../../ground/files/index.js";
import { threadStarted } from "../../ground/threads/index.js";
import { carryError } from "./carried-error.js";
import { openChecked, type PackedLayer } from "./layer.js";
import { type LayerAnswer, type LayerCall, STEPS_AHEAD } from "./layer-message.js";
import { type UnpackedEntry, unpackPlainSteps } from "./layer-steps.js";
import { ReadAhead } from "./read-ahead.js";

// The thread that unpacks layers; see LayerThread, which ends it.

/** Entries of a list, and bytes of their bodies, after which it is sent. */
const LIST_ENTRIES = 256;
const LIST_BYTES = 1 << 20;
/** Bytes that are unpacked ahead: zlib's threads work while this one parses, and more would only be held. */
const AHEAD_BYTES = 1 << 20;

/** Reading a blob failed, or nobody waits for the layer: the main thread knows why. */
class BlobFailed extends Error {}

/** One wait for whatever comes next. */
class Signal {
	#wake: (() => void) | undefined;

	wait(): Promise<void> {
		return new Promise((resolve) => {
			this.#wake = resolve;
		});
	}

	wake(): void {
		this.#wake?.();
		this.#wake = undefined;
	}
}

/** A layer in work. */
class WorkedLayer {
	readonly #layer: number;
	readonly #packed: PackedLayer;
	readonly #bytes: Uint8Array[] = [];
	readonly #input = new Signal();
	readonly #room = new Signal();
	readonly #chunks: ReadAhead;
	#end: { readonly failed: boolean } | undefined;
	#listsLeft = STEPS_AHEAD;
	#isUnpacked = false;
	#isDropped = false;

	constructor(layer: number, packed: PackedLayer) {
		this.#layer = layer;
		this.#packed = packed;
		this.#chunks = new ReadAhead(openChecked(this.#blob(), packed), AHEAD_BYTES);
	}

	take(bytes: Uint8Array): void {
		this.#bytes.push(bytes);
		this.#input.wake();
	}

	end(failed: boolean): void {
		this.#end = { failed };
		this.#input.wake();
	}

	next(): void {
		this.#listsLeft++;
		this.#room.wake();
	}

	/** Ends what is made of the layer; the last answer says when. */
	async drop(): Promise<void> {
		this.#isDropped = true;
		this.#input.wake();
		this.#room.wake();
		if (this.#isUnpacked) return;
		await this.#chunks.close();
		this.#answer({ kind: "failed" });
	}

	async unpack(spool: Spool): Promise<void> {
		this.#isUnpacked = true;
		let [list, begin]: [(UnpackedEntry | string)[], number] = [[], spool.size];
		const send = async (): Promise<void> => {
			spool.flush();
			this.#answer({ kind: "steps", steps: list, written: spool.size });
			[list, begin] = [[], spool.size];
			if (--this.#listsLeft <= 0 && !this.#isDropped) await this.#room.wait();
		};
		try {
			for await (const step of unpackPlainSteps(this.#chunks, spool, this.#packed)) {
				if (this.#isDropped) throw new BlobFailed();
				list.push(step);
				if (list.length >= LIST_ENTRIES || spool.size - begin >= LIST_BYTES) await send();
			}
			await send();
			this.#answer({ kind: "done" });
		} catch (cause) {
			// What came before the error counts; where the disk is full, nothing more can.
			if (list.length > 0) await send().catch(() => {});
			this.#answer({ kind: "failed", error: cause instanceof BlobFailed ? undefined : carryError(cause) });
		}
	}

	async *#blob(): AsyncGenerator<Uint8Array, void, undefined> {
		for (;;) {
			if (this.#isDropped) throw new BlobFailed();
			const bytes = this.#bytes.shift();
			if (bytes !== undefined) {
				this.#answer({ kind: "used", size: bytes.length });
				yield bytes;
			} else if (this.#end?.failed) throw new BlobFailed();
			else if (this.#end !== undefined) return;
			else await this.#input.wait();
		}
	}

	#answer(answer: WithoutLayer<LayerAnswer>): void {
		parentPort?.postMessage({ layer: this.#layer, ...answer } satisfies LayerAnswer);
	}
}

type WithoutLayer<Answer> = Answer extends unknown ? Omit<Answer, "layer"> : never;

const layers = new Map<number, WorkedLayer>();

threadStarted();
parentPort?.on("message", (call: LayerCall) => {
	if (call.kind === "open") layers.set(call.layer, new WorkedLayer(call.layer, call.packed));
	const layer = layers.get(call.layer);
	if (call.kind === "bytes") layer?.take(call.bytes);
	else if (call.kind === "end") layer?.end(call.failed);
	else if (call.kind === "next") layer?.next();
	else if (call.kind === "drop") void layer?.drop().finally(() => layers.delete(call.layer));
	else if (call.kind === "unpack") {
		void layer?.unpack(Spool.continue(call.place)).finally(() => layers.delete(call.layer));
	}
});
