import { setImmediate as nextTurn } from "node:timers/promises";
import { parentPort } from "node:worker_threads";
import { passAndFree } from "../../ground/bytes/index.js";
import { Spool } from "../../ground/files/index.js";
import { threadStarted } from "../../ground/threads/index.js";
import { carryError } from "./carried-error.js";
import { type LayerAnswer, type LayerCall, STEPS_AHEAD } from "./layer-message.js";
import { type UnpackedEntry, unpackPlainSteps } from "./layer-steps.js";
import { PlacedBlob, type PlacedLayer } from "./placed-layer.js";
import { ReadAhead } from "./read-ahead.js";

// The thread that unpacks layers; see LayerThread, which ends it.

/** Entries of a list, and bytes of their bodies, after which it is sent. */
const LIST_ENTRIES = 256;
const LIST_BYTES = 1 << 20;
/** Bytes that are unpacked ahead: zlib's threads work while this one parses, and more would only be held. */
const AHEAD_BYTES = 1 << 20;
/** Bytes that are unpacked before messages get their turn. */
const TURN_BYTES = 1 << 20;

/** Nobody waits for the layer any more. */
class Dropped extends Error {}

/** A layer in work. */
class WorkedLayer {
	readonly #layer: number;
	readonly #placed: PlacedLayer;
	readonly #blob: PlacedBlob;
	/** The archive's bytes; what is packed is expanded ahead. */
	readonly #archive: ReadAhead | AsyncGenerator<Uint8Array>;
	#listsLeft = STEPS_AHEAD;
	#isUnpacked = false;
	#isDropped = false;
	/** Wakes who waits for room for another list. */
	#wake: (() => void) | undefined;

	constructor(layer: number, placed: PlacedLayer) {
		this.#layer = layer;
		this.#placed = placed;
		this.#blob = new PlacedBlob(placed);
		const archive = this.#blob.open();
		this.#archive = this.#blob.isPacked ? new ReadAhead(archive, AHEAD_BYTES) : archive;
	}

	next(): void {
		this.#listsLeft++;
		this.#wake?.();
	}

	/** Ends what is made of the layer; the last answer says when. */
	async drop(): Promise<void> {
		this.#isDropped = true;
		this.#wake?.();
		if (this.#isUnpacked) return;
		if (this.#archive instanceof ReadAhead) await this.#archive.close();
		this.#answer({ kind: "dropped" });
	}

	async unpack(spool: Spool): Promise<void> {
		this.#isUnpacked = true;
		let [list, begin]: [(UnpackedEntry | string)[], number] = [[], spool.size];
		const send = async (): Promise<void> => {
			spool.flush();
			this.#answer({ kind: "steps", steps: list, written: spool.size, read: this.#blob.read });
			[list, begin] = [[], spool.size];
			if (--this.#listsLeft <= 0 && !this.#isDropped) await this.#roomForList();
		};
		try {
			for await (const step of unpackPlainSteps(this.#chunks(), spool, this.#placed)) {
				list.push(step);
				if (list.length >= LIST_ENTRIES || spool.size - begin >= LIST_BYTES) await send();
			}
			await send();
			this.#answer({ kind: "done" });
		} catch (cause) {
			// What came before the error counts; where the disk is full, nothing more can.
			if (list.length > 0) await send().catch(() => {});
			if (cause instanceof Dropped) this.#answer({ kind: "dropped" });
			else this.#answer({ kind: "failed", error: carryError(cause) });
		}
	}

	async *#chunks(): AsyncGenerator<Uint8Array, void, undefined> {
		let turn = 0;
		for await (const chunk of passAndFree(this.#archive)) {
			if (this.#isDropped) throw new Dropped();
			yield chunk;
			turn += chunk.length;
			if (turn < TURN_BYTES) continue;
			turn = 0;
			await nextTurn();
		}
	}

	#roomForList(): Promise<void> {
		return new Promise((resolve) => {
			this.#wake = resolve;
		});
	}

	#answer(answer: WithoutLayer<LayerAnswer>): void {
		parentPort?.postMessage({ layer: this.#layer, ...answer } satisfies LayerAnswer);
	}
}

type WithoutLayer<Answer> = Answer extends unknown ? Omit<Answer, "layer"> : never;

const layers = new Map<number, WorkedLayer>();

threadStarted();
parentPort?.on("message", (call: LayerCall) => {
	if (call.kind === "open") layers.set(call.layer, new WorkedLayer(call.layer, call.placed));
	const layer = layers.get(call.layer);
	if (call.kind === "next") layer?.next();
	else if (call.kind === "drop") void layer?.drop().finally(() => layers.delete(call.layer));
	else if (call.kind === "unpack") {
		void layer?.unpack(Spool.continue(call.place)).finally(() => layers.delete(call.layer));
	}
});
