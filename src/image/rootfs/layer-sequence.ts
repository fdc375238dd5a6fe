import { processorCount } from "../../codec/index.js";
import { jointSignal } from "../../ground/bytes/index.js";
import type { Spool } from "../../ground/files/index.js";
import type { ImageLayer } from "../oci/index.js";
import { ImageLayers } from "./image-layers.js";
import { checkBlob, type LayerOptions } from "./layer.js";
import type { LayerStep } from "./layer-steps.js";
import { LayerThread } from "./layer-thread.js";
import { OpenedLayer } from "./opened-layer.js";

/** How the layers of an image are unpacked. */
interface SequenceOptions extends LayerOptions {
	/** Stored bytes from which on a layer is unpacked in a thread of its own. */
	readonly threadFrom?: number | undefined;
}

/** Of a smaller layer, what a thread takes to start and to warm up is no less than what it saves. Bytes. */
const THREAD_PAYS = 32 << 20;

/** Layers of an image that are unpacked in their order: while one is in use, the next is already being unpacked. */
export class LayerSequence {
	readonly #layers: readonly ImageLayer[];
	readonly #place: Spool | ImageLayers;
	readonly #options: SequenceOptions;
	/** By their index. */
	readonly #opened = new Map<number, OpenedLayer>();
	readonly #thread: LayerThread;
	readonly #threadFrom: number;
	readonly #stop = new AbortController();
	readonly #signal: AbortSignal;

	constructor(layers: readonly ImageLayer[], place: Spool | ImageLayers, options: SequenceOptions) {
		this.#layers = layers;
		this.#place = place;
		this.#signal = jointSignal(this.#stop.signal, options.signal);
		this.#options = { ...options, signal: this.#signal };
		this.#thread = sharedThread(place) ?? new LayerThread();
		this.#threadFrom = options.threadFrom ?? (processorCount() > 1 ? THREAD_PAYS : Number.POSITIVE_INFINITY);
	}

	/**
	 * Calls `use` with what a layer consists of.
	 * @throws what is wrong with the layer's blob, where what it holds was refused.
	 */
	async use<T>(index: number, use: (steps: AsyncIterable<LayerStep>) => Promise<T>): Promise<T> {
		const layer = this.#open(index)!;
		this.#open(index + 1);
		try {
			return await use(layer.steps());
		} catch (cause) {
			await checkBlob(this.#layers[index]!, cause, this.#signal);
			throw cause;
		}
	}

	/** Stops reading: nothing waits for what a layer's origin may never send, and the spool may be closed. */
	async close(): Promise<void> {
		this.#stop.abort();
		for (const layer of this.#opened.values()) await layer.close();
		if (this.#thread !== sharedThread(this.#place)) await this.#thread.close();
	}

	#open(index: number): OpenedLayer | undefined {
		const layer = this.#layers[index];
		const known = this.#opened.get(index);
		if (layer === undefined || known !== undefined) return known;
		const thread = layer.descriptor.size >= this.#threadFrom ? this.#thread : undefined;
		const opened = new OpenedLayer(layer, this.#place, this.#options, thread);
		this.#opened.set(index, opened);
		return opened;
	}
}

/** Returns the thread of all images of a run. */
function sharedThread(place: Spool | ImageLayers): LayerThread | undefined {
	return place instanceof ImageLayers ? place.thread : undefined;
}
