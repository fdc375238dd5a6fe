import { freeDiskBytes, Spool } from "../../ground/files/index.js";
import type { ImageLayer } from "../oci/index.js";
import type { LayerStep } from "./layer-steps.js";
import { LayerThread } from "./layer-thread.js";

/** Most that is kept for images to come, besides what images in work need. */
export interface KeptLayers {
	/** Of file bodies on disk; a quarter of what is free there at most. */
	readonly bytes: number;
	/** Of entries in memory, 300 bytes each or so. */
	readonly entries: number;
	/** Images whose layers are kept, each of them an open file. */
	readonly images: number;
}

const DEFAULT_KEPT: KeptLayers = { bytes: 2 ** 30, entries: 50_000, images: 16 };

/** What a layer consists of, and where the bodies of its files lie. */
interface UnpackedLayer {
	readonly steps: readonly LayerStep[];
	readonly place: SpoolPlace;
}

/** A spool, and who needs it. */
interface SpoolPlace {
	readonly spool: Spool;
	/** Images in work that have contents of it. */
	readonly users: Set<ImageLayers>;
	/** Of layers that lie in it: their keys. */
	readonly layers: Set<string>;
	entries: number;
}

/** A layer that an image of the run unpacks, or has unpacked. */
interface KnownLayer {
	/** Undefined where that went wrong, or was too much to keep. */
	readonly whenUnpacked: Promise<UnpackedLayer | undefined>;
	unpacked?: UnpackedLayer | undefined;
}

/**
 * The layers that the images of a run have in common: each is unpacked once, by the first image that has it,
 * and its entries and file bodies serve the others. What was used longest ago goes first when there is too much.
 */
export class UnpackedLayers {
	readonly #directory: string;
	readonly #limits: KeptLayers;
	readonly #layers = new Map<string, KnownLayer>();
	/** Spools that no image in work needs, those used longest ago first. */
	readonly #kept = new Set<SpoolPlace>();
	readonly #thread = new LayerThread();

	/** @param directory where the spools are: it must exist and be writable. */
	constructor(directory: string, limits: KeptLayers = DEFAULT_KEPT) {
		this.#directory = directory;
		this.#limits = limits;
	}

	/**
	 * Opens the layers for an image, which closes them.
	 * @param isOnly no other image comes: the thread that unpacks its layers ends with them, and leaves its memory.
	 * @throws BytesError where there is no place for a spool.
	 */
	open(isOnly = false): ImageLayers {
		const spool = Spool.create(this.#directory);
		const place: SpoolPlace = { spool, users: new Set(), layers: new Set(), entries: 0 };
		const thread = isOnly ? undefined : this.#thread;
		return new ImageLayers(place, thread, this.#layers, this.#limits.entries, (left) => this.#keep(left));
	}

	/** Frees what is kept, and ends the thread. */
	async close(): Promise<void> {
		for (const place of this.#kept) this.#drop(place);
		await this.#thread.close();
	}

	#keep(place: SpoolPlace): void {
		if (place.users.size > 0) {
			this.#kept.delete(place);
			return;
		}
		if (place.layers.size === 0) {
			this.#drop(place);
			return;
		}
		place.spool.flush();
		this.#kept.delete(place);
		this.#kept.add(place);
		const bytes = Math.min(this.#limits.bytes, freeDiskBytes(this.#directory) / 4);
		for (const oldest of this.#kept) {
			if (this.#fits(bytes)) break;
			this.#drop(oldest);
		}
	}

	#fits(maximum: number): boolean {
		let [bytes, entries] = [0, 0];
		for (const place of this.#kept) {
			bytes += place.spool.size;
			entries += place.entries;
		}
		const { images, entries: most } = this.#limits;
		return bytes <= maximum && entries <= most && this.#kept.size <= images;
	}

	#drop(place: SpoolPlace): void {
		for (const key of place.layers) this.#layers.delete(key);
		this.#kept.delete(place);
		place.spool.close();
	}
}

/** The layers of one image. */
export class ImageLayers {
	/** Unpacks large layers of all images; undefined where the image has a thread of its own. */
	readonly thread: LayerThread | undefined;
	readonly #place: SpoolPlace;
	readonly #known: Map<string, KnownLayer>;
	readonly #maximumEntries: number;
	readonly #onChange: (place: SpoolPlace) => void;
	readonly #used = new Set<SpoolPlace>();

	constructor(
		place: SpoolPlace,
		thread: LayerThread | undefined,
		known: Map<string, KnownLayer>,
		maximumEntries: number,
		onChange: (place: SpoolPlace) => void,
	) {
		this.#place = place;
		this.thread = thread;
		this.#known = known;
		this.#maximumEntries = maximumEntries;
		this.#onChange = onChange;
		this.#hold(place);
	}

	/** Where this image's own layers go. */
	get spool(): Spool {
		return this.#place.spool;
	}

	/**
	 * Returns what another image of the run has unpacked of a layer, as soon as that is whole. Otherwise the
	 * caller unpacks it, and reports its steps with what is returned.
	 */
	find(layer: ImageLayer): Promise<readonly LayerStep[] | undefined> | LayerRecorder {
		const key = `${layer.descriptor.digest} ${layer.diffId}`;
		const known = this.#known.get(key);
		if (known === undefined) return this.#record(key);
		if (known.unpacked !== undefined) this.#hold(known.unpacked.place);
		return known.whenUnpacked.then((unpacked) => {
			if (unpacked !== undefined) this.#hold(unpacked.place);
			return unpacked?.steps;
		});
	}

	/** Frees what no other image needs; contents of the tree cannot be read any more. May be called twice. */
	close(): void {
		for (const place of this.#used) {
			place.users.delete(this);
			this.#onChange(place);
		}
		this.#used.clear();
	}

	#hold(place: SpoolPlace): void {
		if (this.#used.has(place)) return;
		this.#used.add(place);
		place.users.add(this);
		this.#onChange(place);
	}

	#record(key: string): LayerRecorder {
		let settle = (_: UnpackedLayer | undefined): void => {};
		const known: KnownLayer = {
			whenUnpacked: new Promise((resolve) => {
				settle = resolve;
			}),
		};
		this.#known.set(key, known);
		const place = this.#place;
		return new LayerRecorder(this.#maximumEntries, (steps) => {
			if (steps === undefined) {
				this.#known.delete(key);
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
