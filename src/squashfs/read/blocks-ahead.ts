import type { CompressorName, ExpandAhead } from "../../codec/index.js";
import type { ImageSource } from "../format/index.js";

/** A compressed block that will be needed. */
export interface NeededBlock {
	/** Name by which the reader asks for it. */
	readonly name: string;
	/** Position in the image. */
	readonly position: number;
	/** Stored bytes. */
	readonly length: number;
	readonly what: string;
}

/** Expanded bytes from which threads are worth starting, by what a thread expands in 0.1 s. */
const WORTH: Readonly<Record<CompressorName, number>> = {
	xz: 8 << 20,
	gzip: 24 << 20,
	zstd: 48 << 20,
	lz4: 96 << 20,
};

/** Returns whether threads are worth starting to expand so many bytes, on so many processors. */
export function isWorthThreads(compressor: CompressorName, bytes: number, processors: number): boolean {
	return processors > 1 && bytes >= WORTH[compressor];
}

/**
 * Blocks that a reader will ask for in a known order: other threads expand the next ones while the reader works
 * with this one. A reader may skip blocks, or ask again.
 */
export class BlocksAhead {
	readonly #source: ImageSource;
	readonly #threads: ExpandAhead;
	readonly #needed: readonly NeededBlock[];
	/** Indexes in `needed` of the blocks that are still to come. */
	readonly #places: Map<string, number>;
	/** Blocks in work with their tickets, in the order of `needed`. */
	readonly #inWork = new Map<string, number>();
	#next = 0;

	constructor(source: ImageSource, threads: ExpandAhead, needed: readonly NeededBlock[]) {
		this.#source = source;
		this.#threads = threads;
		this.#needed = needed;
		this.#places = new Map(needed.map(({ name }, place) => [name, place]));
		this.#handOver();
	}

	/** Returns a block; undefined for one that the caller must expand itself. */
	take(name: string): Uint8Array | undefined {
		const place = this.#places.get(name);
		if (place === undefined) return undefined;
		if (!this.#inWork.has(name)) this.#skipTo(place);
		const ticket = this.#leave(name);
		const expanded = ticket === undefined ? undefined : this.#threads.take(ticket);
		this.#handOver();
		return expanded;
	}

	close(): void {
		void this.#threads.close();
	}

	/** Discards the blocks before an index, which the reader has skipped. */
	#skipTo(place: number): void {
		for (const [name, ticket] of this.#inWork) {
			this.#threads.abandon(ticket);
			this.#leave(name);
		}
		for (; this.#next < place; this.#next++) this.#places.delete(this.#needed[this.#next]!.name);
		this.#handOver();
	}

	#leave(name: string): number | undefined {
		const ticket = this.#inWork.get(name);
		this.#inWork.delete(name);
		this.#places.delete(name);
		return ticket;
	}

	#handOver(): void {
		while (this.#next < this.#needed.length && this.#threads.hasRoom) {
			const { name, position, length, what } = this.#needed[this.#next++]!;
			this.#inWork.set(name, this.#threads.hand(this.#source.read(position, length, what)));
		}
	}
}
