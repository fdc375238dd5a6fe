import type { Spool } from "../../ground/files/index.js";
import type { ImageLayer } from "../oci/index.js";
import { ImageLayers, LayerRecorder } from "./image-layers.js";
import { type LayerOptions, openLayerTar } from "./layer.js";
import { type LayerStep, unpackSteps } from "./layer-steps.js";
import type { LayerThread, ThreadLayer } from "./layer-thread.js";
import { ReadAhead } from "./read-ahead.js";

/**
 * A layer that is about to be applied: from what another image of the run has unpacked of it, or unpacked now,
 * which begins at once.
 */
export class OpenedLayer {
	readonly #layer: ImageLayer;
	readonly #spool: Spool;
	readonly #options: LayerOptions;
	readonly #known: Promise<readonly LayerStep[] | undefined> | undefined;
	readonly #recorder: LayerRecorder | undefined;
	readonly #thread: LayerThread | undefined;
	#source: Promise<ReadAhead | ThreadLayer> | undefined;

	/** @param thread that unpacks it where its blob lies in a file; otherwise this thread does. */
	constructor(
		layer: ImageLayer,
		place: Spool | ImageLayers,
		options: LayerOptions,
		thread?: LayerThread | undefined,
	) {
		this.#layer = layer;
		this.#thread = thread;
		this.#options = options;
		const isShared = place instanceof ImageLayers;
		this.#spool = isShared ? place.spool : place;
		const found = isShared ? place.find(layer, options) : undefined;
		if (found instanceof Promise) this.#known = found;
		else this.#open();
		this.#recorder = found instanceof LayerRecorder ? found : undefined;
	}

	/**
	 * Yields what the layer consists of; ask for it once.
	 * @throws as `openLayerTar` and `unpackSteps`.
	 */
	async *steps(): AsyncGenerator<LayerStep, void, undefined> {
		const known = await this.#known;
		if (known !== undefined) {
			this.#options.onProgress?.(this.#layer, this.#layer.descriptor.size);
			yield* known;
			return;
		}
		const source = await this.#open();
		const unpacked =
			source instanceof ReadAhead
				? unpackSteps(source, this.#spool, this.#options)
				: source.steps(this.#spool);
		for await (const step of unpacked) {
			this.#recorder?.add(step);
			yield step;
		}
		this.#recorder?.end(true);
	}

	/** Stops reading; must be called. */
	async close(): Promise<void> {
		this.#recorder?.end(false);
		await this.#source?.then(
			(source) => source.close(),
			() => {},
		);
	}

	#open(): Promise<ReadAhead | ThreadLayer> {
		if (this.#source === undefined) {
			this.#source = this.#read();
			// What goes wrong shows where its steps are asked for.
			this.#source.catch(() => {});
		}
		return this.#source;
	}

	async #read(): Promise<ReadAhead | ThreadLayer> {
		const file = this.#thread && (await this.#layer.openFile?.(this.#options.signal));
		if (this.#thread !== undefined && file !== undefined)
			return this.#thread.open(this.#layer, file, this.#options);
		return new ReadAhead(openLayerTar(this.#layer, this.#options));
	}
}
