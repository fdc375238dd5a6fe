import type { Spool } from "../../ground/files/index.js";
import type { ImageLayer } from "../oci/index.js";
import type { KeptTrees, TreeKeeper } from "./kept-trees.js";
import type { LayerOptions } from "./layer.js";
import type { ApplicationOptions } from "./layer-application.js";
import type { LayerStep } from "./layer-steps.js";
import type { LayerThread } from "./layer-thread.js";
import type { SpoolPlace } from "./spool-place.js";

/** What a layer consists of, and where the bodies of its files lie. */
interface UnpackedLayer {
	readonly steps: readonly LayerStep[];
	readonly place: SpoolPlace;
}

/** A layer that an image of the run unpacks, or has unpacked. */
export interface KnownLayer {
	/** Undefined where that went wrong, or was too much to keep. */
	readonly whenUnpacked: Promise<UnpackedLayer | undefined>;
	unpacked?: UnpackedLayer | undefined;
}

/** What the images of a run share. */
interface SharedLayers {
	readonly layers: Map<string, KnownLayer>;
	/** Absent where there is only one image. */
	readonly trees?: KeptTrees;
	/** Unpacks large layers of all images. Default: each image has a thread of its own. */
	readonly thread?: LayerThread;
	/** Entries of a layer that is kept, at most. */
	readonly maximumEntries: number;
	/** Is called where an image begins to need a place, or ends. */
	readonly onChange: (place: SpoolPlace) => void;
}

/** The layers of one image. */
export class ImageLayers {
	readonly #place: SpoolPlace;
	readonly #shared: SharedLayers;
	readonly #used = new Set<SpoolPlace>();

	constructor(place: SpoolPlace, shared: SharedLayers) {
		this.#place = place;
		this.#shared = shared;
		this.hold(place);
	}

	/** Unpacks large layers of all images; undefined where the image has a thread of its own. */
	get thread(): LayerThread | undefined {
		return this.#shared.thread;
	}

	/** Where this image's own layers go. */
	get spool(): Spool {
		return this.#place.spool;
	}

	/**
	 * Returns what another image of the run has unpacked of a layer, as soon as that is whole. Otherwise the
	 * caller unpacks it, and reports its steps with what is returned.
	 */
	find(layer: ImageLayer, options: LayerOptions): Promise<readonly LayerStep[] | undefined> | LayerRecorder {
		const key = layerKey(layer, options);
		const known = this.#shared.layers.get(key);
		if (known === undefined) return this.#record(key);
		if (known.unpacked !== undefined) this.hold(known.unpacked.place);
		return known.whenUnpacked.then((unpacked) => {
			if (unpacked !== undefined) this.hold(unpacked.place);
			return unpacked?.steps;
		});
	}

	/**
	 * Finds the tree after as many of the layers as another image of the run has applied, or is about to apply.
	 * @returns what keeps the trees after further layers; undefined for the only image of a run.
	 */
	async openTree(
		layers: readonly ImageLayer[],
		options: ApplicationOptions & LayerOptions,
	): Promise<TreeKeeper | undefined> {
		const { time, maximumTime, whiteouts, signal } = options;
		const keys = layers.map((layer) => layerKey(layer, options));
		return this.#shared.trees?.open(keys, [time, maximumTime, whiteouts], this, signal);
	}

	/** Returns where the file bodies of all layers lie that were unpacked so far. */
	get places(): ReadonlySet<SpoolPlace> {
		return new Set([...this.#used].filter(({ spool }) => spool.size > 0));
	}

	/** Frees what no other image needs; contents of the tree cannot be read any more. May be called twice. */
	close(): void {
		for (const place of this.#used) {
			place.users.delete(this);
			this.#shared.onChange(place);
		}
		this.#used.clear();
	}

	/** Has a place stay until this image closes. */
	hold(place: SpoolPlace): void {
		if (this.#used.has(place)) return;
		this.#used.add(place);
		place.users.add(this);
		this.#shared.onChange(place);
	}

	#record(key: string): LayerRecorder {
		let settle = (_: UnpackedLayer | undefined): void => {};
		const known: KnownLayer = {
			whenUnpacked: new Promise((resolve) => {
				settle = resolve;
			}),
		};
		const { layers, maximumEntries } = this.#shared;
		layers.set(key, known);
		const place = this.#place;
		return new LayerRecorder(maximumEntries, (steps) => {
			if (steps === undefined) {
				layers.delete(key);
				settle(undefined);
				return;
			}
			place.layers.add(key);
			place.entries += steps.length;
			known.unpacked = { steps, place };
			settle(known.unpacked);
		});
	}
}

/** Gathers the steps of a layer while it is unpacked. */
export class LayerRecorder {
	readonly #maximum: number;
	readonly #onEnd: (steps: readonly LayerStep[] | undefined) => void;
	#steps: LayerStep[] | undefined = [];
	#ended = false;

	constructor(maximum: number, onEnd: (steps: readonly LayerStep[] | undefined) => void) {
		this.#maximum = maximum;
		this.#onEnd = onEnd;
	}

	add(step: LayerStep): void {
		this.#steps?.push(step);
		// Too much to keep: the next image unpacks it again.
		if (this.#steps !== undefined && this.#steps.length > this.#maximum) this.#steps = undefined;
	}

	/** @param whole whether all steps came; what was not unpacked to its end serves nobody. May be called twice. */
	end(whole: boolean): void {
		if (this.#ended) return;
		this.#ended = true;
		this.#onEnd(whole ? this.#steps : undefined);
	}
}

/** Returns what decides what a layer consists of. */
function layerKey({ descriptor, diffId }: ImageLayer, { maximumSize }: LayerOptions): string {
	return `${descriptor.digest} ${diffId} ${maximumSize}`;
}
