import type { BlockPool } from "../../codec/index.js";
import { type Content, knownSha256 } from "../../ground/bytes/index.js";
import { samplingLimit, splitSamples, type Tail } from "../group/index.js";

/**
 * Samples of tails that are made before copies are looked for: contents of different samples are not equal, so that
 * few have to be read once more for their digests.
 */
export class FirstSamples {
	/** Hashes below it are in the samples. */
	readonly limit: number;
	readonly #samples: ReadonlyMap<Content, Buffer>;

	private constructor(limit: number, samples: ReadonlyMap<Content, Buffer>) {
		this.limit = limit;
		this.#samples = samples;
	}

	/** Samples all tails; none where the digests of their contents are known, and so which are copies. */
	static async make(tails: readonly Tail[], pool: BlockPool): Promise<FirstSamples | undefined> {
		if (tails.every(({ content }) => knownSha256(content) !== undefined)) return undefined;
		const limit = samplingLimit(tails);
		const made = splitSamples(await pool.sample(tails, limit));
		const samples = new Map<Content, Buffer>();
		for (const { content } of tails) {
			const { buffer, byteOffset, byteLength } = made.next().value!;
			samples.set(content, Buffer.from(buffer, byteOffset, byteLength));
		}
		return new FirstSamples(limit, samples);
	}

	/** What equal contents have in common; the same for all that have no tail. */
	signOf(content: Content): string {
		return this.#samples.get(content)?.toString("latin1") ?? "";
	}

	/** The samples of these tails in their order, in one buffer. */
	join(tails: readonly Tail[]): Buffer {
		return Buffer.concat(tails.map(({ content }) => this.#samples.get(content)!));
	}
}
