import type { BlockPool } from "../../codec/index.js";
import { type Content, knownSha256 } from "../../ground/bytes/index.js";
import { samplingLimit, type Tail, TailSamples } from "../group/index.js";

/** Bytes of a sample that distinguish it from others: its head and some hashes. */
const SIGN_BYTES = 64;

/**
 * Samples of tails that are made before the search for copies. Contents with different samples are not equal, so
 * that few must be read again for their digests.
 */
export class FirstSamples {
	/** Limit below which hashes are in the samples. */
	readonly limit: number;
	readonly #samples: TailSamples;
	/** Index of a content's sample. */
	readonly #places: ReadonlyMap<Content, number>;

	private constructor(limit: number, samples: TailSamples, tails: readonly Tail[]) {
		this.limit = limit;
		this.#samples = samples;
		this.#places = new Map(tails.map(({ content }, place) => [content, place]));
	}

	/** Samples all tails; undefined if the digests of their contents, and so the copies, are known. */
	static async make(
		tails: readonly Tail[],
		oneIn: number,
		pool: BlockPool,
	): Promise<FirstSamples | undefined> {
		if (tails.every(({ content }) => knownSha256(content) !== undefined)) return undefined;
		const limit = samplingLimit(tails, oneIn);
		return new FirstSamples(limit, new TailSamples(await pool.sample(tails, limit)), tails);
	}

	/** Returns a value that equal contents share, and that is the same for all without a tail. */
	signOf(content: Content): string {
		const place = this.#places.get(content);
		if (place === undefined) return "";
		const start = this.#samples.starts[place]!;
		const end = Math.min(start + SIGN_BYTES, this.#samples.end(place));
		return this.#samples.bytes.toString("latin1", start, end);
	}

	/** Returns the samples of tails in their order, in one buffer. */
	join(tails: readonly Tail[]): Buffer {
		const { bytes, starts } = this.#samples;
		const joined = Buffer.allocUnsafe(bytes.length);
		let filled = 0;
		for (const { content } of tails) {
			const place = this.#places.get(content)!;
			filled += bytes.copy(joined, filled, starts[place], this.#samples.end(place));
		}
		return joined.subarray(0, filled);
	}
}
