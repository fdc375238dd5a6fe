import type { Content } from "../../ground/bytes/index.js";
import { chunkLength, LONGEST_CHUNK } from "./chunk-cut.js";
import { SampledBytes, type Stretch } from "./sampled-bytes.js";
import { Turns } from "./turns.js";
import { Window } from "./window.js";

/** Bytes of a new content that an old content has, too. */
export interface Copy extends Stretch {
	/** Position in the new content. */
	readonly at: number;
}

/** What a new content has in common with old ones. */
export interface ChunkMatch {
	/** Bytes of its chunks that no old content and no content before it has. */
	readonly fresh: number;
	/** In the order of the new content; they do not overlap. */
	readonly copies: readonly Copy[];
}

/**
 * The chunks of old contents: what an updater has that cuts files where their content says so, as
 * casync and desync do.
 */
export class ChunkIndex {
	readonly #known: SampledBytes = new SampledBytes();
	/** The chunk after each chunk of an old content, except the last one. */
	readonly #followers: Map<Stretch, Stretch> = new Map();
	readonly #window: Window = new Window();
	readonly #other: Window = new Window();
	readonly #turns: Turns = new Turns();

	/** Returns the index of old contents. */
	static async of(olds: readonly Content[]): Promise<ChunkIndex> {
		const index = new ChunkIndex();
		for (const content of olds) await index.#add(content);
		return index;
	}

	async #add(content: Content): Promise<void> {
		let last: Stretch | undefined;
		for (let position = 0; position < content.size; ) {
			const bytes = this.#cut(content, position);
			const chunk = { content, position, length: bytes.length };
			this.#known.add(bytes, chunk);
			// The last chunk may be cut by the end of its content alone.
			if (last && position + bytes.length < content.size) this.#followers.set(last, chunk);
			last = chunk;
			position += chunk.length;
			if (this.#turns.isOver(chunk.length)) await this.#turns.next();
		}
	}

	/** Matches a new content with the old ones; its own chunks count as known from then on. */
	async match(next: Content): Promise<ChunkMatch> {
		const copies: Copy[] = [];
		let fresh = 0;
		let last: Stretch | undefined;
		for (let at = 0; at < next.size; ) {
			let found = last && this.#following(last, next, at);
			let length = found?.length ?? 0;
			if (found === undefined) {
				const bytes = this.#cut(next, at);
				length = bytes.length;
				found = this.#known.find(bytes);
				if (found === undefined) {
					fresh += length;
					this.#known.add(bytes, { content: next, position: at, length });
				}
			}
			if (found && found.content !== next) copies.push({ ...found, at });
			last = found;
			at += length;
			if (this.#turns.isOver(length)) await this.#turns.next();
		}
		return { fresh, copies };
	}

	/** Where old chunks follow each other, the new content is compared with the next one, and need not be cut. */
	#following(last: Stretch, next: Content, at: number): Stretch | undefined {
		const expected = this.#followers.get(last);
		if (expected === undefined || at + expected.length > next.size) return undefined;
		const { content, position, length } = expected;
		const [a, b] = [this.#other.bytes(content, position, length), this.#window.bytes(next, at, length)];
		return Buffer.compare(a, b) === 0 ? expected : undefined;
	}

	#cut(content: Content, position: number): Uint8Array {
		const most = Math.min(LONGEST_CHUNK, content.size - position);
		const bytes = this.#window.bytes(content, position, most);
		return bytes.subarray(0, chunkLength(bytes));
	}
}
