import type { Content } from "../../ground/bytes/index.js";
import { chunkLength, LONGEST_CHUNK } from "./chunk-cut.js";
import { SampledBytes, type Stretch, sampleOf } from "./sampled-bytes.js";
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

	/** @param cuts the chunks of each of the old contents. */
	constructor(olds: readonly Content[], cuts: readonly CutContent[]) {
		for (const [i, content] of olds.entries()) this.#add(content, cuts[i]!);
	}

	#add(content: Content, { lengths, samples }: CutContent): void {
		let last: Stretch | undefined;
		let position = 0;
		for (const [i, length] of lengths.entries()) {
			const chunk = { content, position, length };
			this.#known.add(samples[i]!, chunk);
			position += length;
			// The last chunk may be cut by the end of its content alone.
			if (last && position < content.size) this.#followers.set(last, chunk);
			last = chunk;
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
				const bytes = cutChunk(this.#window, next, at);
				length = bytes.length;
				found = this.#known.find(bytes);
				if (found === undefined) {
					fresh += length;
					this.#known.add(sampleOf(bytes), { content: next, position: at, length }, bytes);
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
}

/** The chunks of a content, in its order. */
export interface CutContent {
	/** Bytes. */
	readonly lengths: Uint32Array;
	/** See `sampleOf`. */
	readonly samples: Float64Array;
}

/** Cuts a content into chunks; it takes turns. */
export async function cutContent(content: Content): Promise<CutContent> {
	const [window, turns] = [new Window(), new Turns()];
	const lengths: number[] = [];
	const samples: number[] = [];
	for (let position = 0; position < content.size; ) {
		const bytes = cutChunk(window, content, position);
		lengths.push(bytes.length);
		samples.push(sampleOf(bytes));
		position += bytes.length;
		if (turns.isOver(bytes.length)) await turns.next();
	}
	return { lengths: Uint32Array.from(lengths), samples: Float64Array.from(samples) };
}

function cutChunk(window: Window, content: Content, position: number): Uint8Array {
	const most = Math.min(LONGEST_CHUNK, content.size - position);
	const bytes = window.bytes(content, position, most);
	return bytes.subarray(0, chunkLength(bytes));
}
