import { freeDiskBytes, Spool } from "../../ground/files/index.js";
import { ImageLayers, type KnownLayer } from "./image-layers.js";
import { KeptTrees } from "./kept-trees.js";
import { LayerThread } from "./layer-thread.js";
import type { SpoolPlace } from "./spool-place.js";

/** Most that is kept for images to come, besides what images in work need. */
export interface KeptLayers {
	/** Of file bodies on disk; a quarter of what is free there at most. */
	readonly bytes: number;
	/** Of entries of layers in memory, and as many of trees, 300 bytes each or so. */
	readonly entries: number;
	/** Images whose layers are kept, each of them an open file. */
	readonly images: number;
}

const DEFAULT_KEPT: KeptLayers = { bytes: 2 ** 30, entries: 50_000, images: 16 };

/**
 * The layers that the images of a run have in common: each is unpacked once, by the first image that has it,
 * and its entries and file bodies serve the others. Where images begin with the same layers, the first one applies
 * them. What was used longest ago goes first when there is too much.
 */
export class UnpackedLayers {
	readonly #directory: string;
	readonly #limits: KeptLayers;
	readonly #layers = new Map<string, KnownLayer>();
	/** Spools that no image in work needs, those used longest ago first. */
	readonly #kept = new Set<SpoolPlace>();
	readonly #trees: KeptTrees;
	readonly #thread = new LayerThread();

	/** @param directory where the spools are: it must exist and be writable. */
	constructor(directory: string, limits: KeptLayers = DEFAULT_KEPT) {
		this.#directory = directory;
		this.#limits = limits;
		this.#trees = new KeptTrees(limits.entries);
	}

	/**
	 * Opens the layers for an image, which closes them.
	 * @param isOnly no other image comes: nothing is kept for it, and the thread that unpacks the layers ends with
	 *   them, and leaves its memory.
	 * @throws BytesError where there is no place for a spool.
	 */
	open(isOnly = false): ImageLayers {
		const spool = Spool.create(this.#directory);
		const place: SpoolPlace = { spool, users: new Set(), layers: new Set(), entries: 0 };
		const onChange = (changed: SpoolPlace): void => this.#keep(changed);
		if (isOnly) return new ImageLayers(place, { layers: this.#layers, maximumEntries: 0, onChange });
		const maximumEntries = this.#limits.entries;
		const [layers, trees, thread] = [this.#layers, this.#trees, this.#thread];
		return new ImageLayers(place, { layers, trees, thread, maximumEntries, onChange });
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
		this.#trees.dropPlace(place);
		this.#kept.delete(place);
		place.spool.close();
	}
}
