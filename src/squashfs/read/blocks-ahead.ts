import type { CompressorName, ExpandAhead } from "../../codec/index.js";
import type { ImageSource } from "../format/index.js";

/** A compressed block that will be needed. */
export interface NeededBlock {
	/** What it is called when it is asked for. */
	readonly name: string;
	/** Image position. */
	readonly position: number;
	/** Stored bytes. */
	readonly length: number;
	readonly what: string;
}

/** Expanded bytes from which on threads are worth their start, by how long a thread takes for them: 0.1 s. */
const WORTH: Readonly<Record<CompressorName, number>> = {
	xz: 8 << 20,
	gzip: 24 << 20,
	zstd: 48 << 20,
	lz4: 96 << 20,
};

/** Returns whether threads would pay for expanding so many blocks, on so many processors. */
export function isWorthThreads(compressor: CompressorName, bytes: number, processors: number): boolean {
	return processors > 1 && bytes >= WORTH[compressor];
}

/**
 * Blocks on their way from the image to a reader that will ask for them in a known order: other threads expand the
 * next ones while the reader does something with this one. A reader may leave blocks out, or ask again.
 */
export class BlocksAhead {
	readonly #source: ImageSource;
	readonly #threads: ExpandAhead;
	readonly #needed: readonly NeededBlock[];
	/** Places in `needed` that are still to come. */
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

	/** Returns a block; undefined for one that the caller has to expand itself. */
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

	/** The reader has left out what lies between. */
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
