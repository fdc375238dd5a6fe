import type { Content } from "../../ground/bytes/index.js";
import { chunkLength, LONGEST_CHUNK } from "./chunk-cut.js";
import { SampledBytes, type Stretch, sampleOf } from "./sampled-bytes.js";
import { Turns } from "./turns.js";
import { Window } from "./window.js";

/** Bytes of a new content that an old content has too. */
export interface Copy extends Stretch {
	/** Position in the new content. */
	readonly at: number;
}

/** What a new content has in common with old ones. */
export interface ChunkMatch {
	/** Bytes of its chunks that are in no old content and in no content before it. */
	readonly fresh: number;
	/** Copies in the order of the new content, without overlaps. */
	readonly copies: readonly Copy[];
}

/** The chunks of old contents, as an updater knows them that cuts files by their content, like casync and desync. */
export class ChunkIndex {
	readonly #known: SampledBytes = new SampledBytes();
	/** For each chunk of an old content the chunk after it, if that is not the last one. */
	readonly #followers: Map<Stretch, Stretch> = new Map();
	readonly #window: Window = new Window();
	readonly #other: Window = new Window();
	readonly #turns: Turns = new Turns();

	/** @param cuts the chunks of each old content. */
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
			// The last chunk may end only because its content does, so it is not expected in another content.
			if (last && position < content.size) this.#followers.set(last, chunk);
			last = chunk;
		}
	}

	/** Compares a new content with the old ones. From then on its chunks count as known too. */
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

	/** Returns the chunk at `at` if it is the one that follows `last` in an old content. Then it need not be cut. */
	#following(last: Stretch, next: Content, at: number): Stretch | undefined {
		const expected = this.#followers.get(last);
		if (expected === undefined || at + expected.length > next.size) return undefined;
		const { content, position, length } = expected;
		const [a, b] = [this.#other.bytes(content, position, length), this.#window.bytes(next, at, length)];
		return Buffer.compare(a, b) === 0 ? expected : undefined;
	}
}

/** The chunks of a content, in order. */
export interface CutContent {
	/** Bytes of each chunk. */
	readonly lengths: Uint32Array;
	/** Samples of each chunk; see `sampleOf`. */
	readonly samples: Float64Array;
}

/** Cuts a content into chunks. It lets other tasks run in between. */
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
