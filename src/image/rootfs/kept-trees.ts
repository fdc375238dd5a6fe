import { sha256Hex } from "../../ground/bytes/index.js";
import type { RootfsTree } from "./inode.js";
import type { SpoolPlace } from "./spool-place.js";
import type { TreeDraft } from "./tree-draft.js";

/** The tree after the first layers of an image: those that have the same first layers go on from it. */
export interface KeptTree {
	readonly tree: RootfsTree;
	/** Entries of its layers. */
	readonly entries: number;
	/** Begins with what applying its layers reported. */
	readonly warnings: readonly string[];
	readonly warningCount: number;
	/** Where its file bodies lie. */
	readonly places: ReadonlySet<SpoolPlace>;
	/** Entries that it takes besides those of the tree that was kept before it. */
	readonly cost: number;
}

/** Where file bodies of one image lie. */
interface ImagePlaces {
	/** Those of the layers that were unpacked so far. */
	readonly places: ReadonlySet<SpoolPlace>;
	/** Has a place stay until the image closes. */
	hold(place: SpoolPlace): void;
}

/** A tree that an image of the run makes, or has made. */
interface KnownTree {
	/** A digest of what decides it. */
	readonly key: string;
	/** Whether another image waits for it. */
	isWanted: boolean;
	/** Absent while it is made. */
	kept?: KeptTree;
	/** Resolves when it is kept, or will not be. */
	readonly whenSettled: Promise<void>;
	readonly settle: () => void;
}

/**
 * A copy of an entry takes this share of what the entry takes, in memory, and less in time. Copies may take as much as
 * all entries of the layers do, so that neither grows faster than the layers, whatever they change.
 */
const COPIES_OF_ENTRY = 8;

/**
 * The trees after the first layers of images, base first: layers that images have in common are applied by the first
 * one of them. What was used longest ago goes first when there is too much.
 */
export class KeptTrees {
	readonly #maximum: number;
	/** By their keys; those used longest ago first, and of one image those of most layers. */
	readonly #trees = new Map<string, KnownTree>();
	#cost = 0;

	/** @param maximum entries that are kept, besides the trees of images in work. */
	constructor(maximum: number) {
		this.#maximum = maximum;
	}

	/**
	 * Finds the tree after as many layers as possible, and waits for it where another image is about to make it. The
	 * caller makes those after more layers.
	 * @param layers what decides each layer.
	 * @param options what decides, besides the layers, how they become a tree.
	 */
	async open(
		layers: readonly string[],
		options: unknown,
		places: ImagePlaces,
		signal?: AbortSignal,
	): Promise<TreeKeeper> {
		const keys = chainKeys(layers, options);
		for (;;) {
			signal?.throwIfAborted();
			const depth = keys.findLastIndex((key) => this.#trees.has(key)) + 1;
			const known = this.#trees.get(keys[depth - 1]!);
			if (known === undefined || known.kept !== undefined) {
				// At once: until now nobody may have needed them.
				for (const place of known?.kept?.places ?? []) places.hold(place);
				return new TreeKeeper(this, this.#use(keys), depth, places);
			}
			known.isWanted = true;
			await settledOrAborted(known.whenSettled, signal);
		}
	}

	/** Keeps a tree that an image has made; without one, nobody may wait for it any longer. May be called twice. */
	settle(known: KnownTree, kept?: KeptTree): void {
		if (this.#trees.get(known.key) !== known || known.kept !== undefined) return;
		if (kept === undefined || kept.entries > this.#maximum) this.#trees.delete(known.key);
		else {
			known.kept = kept;
			this.#cost += kept.cost;
			this.#dropOldest();
		}
		known.settle();
	}

	/** Drops the trees that have contents in a place. */
	dropPlace(place: SpoolPlace): void {
		for (const [key, { kept }] of this.#trees) if (kept?.places.has(place)) this.#drop(key, kept);
	}

	/** Returns the trees of an image, and begins those that are not known. They are those used last from now on. */
	#use(keys: readonly string[]): KnownTree[] {
		const trees = keys.map((key) => this.#trees.get(key) ?? begunTree(key));
		for (const known of trees.toReversed()) {
			this.#trees.delete(known.key);
			this.#trees.set(known.key, known);
		}
		return trees;
	}

	#dropOldest(): void {
		for (const [key, { kept }] of this.#trees) {
			if (this.#cost <= this.#maximum) return;
			if (kept !== undefined) this.#drop(key, kept);
		}
	}

	#drop(key: string, { cost }: KeptTree): void {
		this.#trees.delete(key);
		this.#cost -= cost;
	}
}

/** The trees after each layer of one image. */
export class TreeKeeper {
	/** The tree that the image goes on from. */
	readonly found: KeptTree | undefined;
	/** How many of its layers are applied in that tree. */
	readonly depth: number;
	readonly #keptTrees: KeptTrees;
	readonly #trees: readonly KnownTree[];
	readonly #places: ImagePlaces;
	readonly #warnings: string[];
	#entries: number;
	/** Of what is kept so far. */
	#cost: number;

	constructor(keptTrees: KeptTrees, trees: readonly KnownTree[], depth: number, places: ImagePlaces) {
		const found = trees[depth - 1]?.kept;
		this.#places = places;
		this.#keptTrees = keptTrees;
		this.#trees = trees;
		this.depth = depth;
		this.found = found;
		this.#warnings = found?.warnings.slice(0, found.warningCount) ?? [];
		this.#entries = found?.entries ?? 0;
		this.#cost = this.#entries;
	}

	/** What applying the layers has reported so far. */
	get warnings(): readonly string[] {
		return this.#warnings;
	}

	/** Adds what applying the next layer reports. */
	warn(message: string): void {
		this.#warnings.push(message);
	}

	/**
	 * Keeps the tree after a layer. Where copies have taken too much, only one that another image waits for.
	 * @param entries of that layer.
	 */
	applied(index: number, draft: TreeDraft, entries: number): void {
		this.#entries += entries;
		const known = this.#trees[index]!;
		if (draft.copied > COPIES_OF_ENTRY * this.#entries && !known.isWanted) {
			this.#keptTrees.settle(known);
			return;
		}
		const total = this.#entries + draft.copied / COPIES_OF_ENTRY;
		this.#keptTrees.settle(known, {
			...{ tree: draft.keep(), entries: this.#entries, cost: total - this.#cost },
			...{ warnings: this.#warnings, warningCount: this.#warnings.length, places: this.#places.places },
		});
		this.#cost = total;
	}

	/** Nothing more comes of the image; must be called. */
	close(): void {
		for (const known of this.#trees) this.#keptTrees.settle(known);
	}
}

/** Returns a key for each number of layers: a digest of what decides the tree after them. */
function chainKeys(layers: readonly string[], options: unknown): string[] {
	let key = JSON.stringify(options);
	return layers.map((layer) => {
		key = sha256Hex(`${key} ${layer}`);
		return key;
	});
}

function begunTree(key: string): KnownTree {
	let settle = (): void => {};
	const whenSettled = new Promise<void>((resolve) => {
		settle = resolve;
	});
	return { key, isWanted: false, whenSettled, settle };
}

function settledOrAborted(whenSettled: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
	return new Promise((resolve, reject) => {
		const onAbort = (): void => reject(signal?.reason);
		signal?.addEventListener("abort", onAbort, { once: true });
		void whenSettled.then(() => {
			signal?.removeEventListener("abort", onAbort);
			resolve();
		});
	});
}
