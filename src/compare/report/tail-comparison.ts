import { hash } from "node:crypto";

/** The tail of one file of a pair, in an expanded block. */
export interface ExpandedTail<P> {
	readonly pair: P;
	/** Valid only during `take`. */
	readonly bytes: Uint8Array;
}

/** Most bytes of tails that wait for those of the other image. */
const HELD_BYTES = 1 << 23;

/** A buffer of waiting tails, and their number. */
interface HeldBuffer {
	readonly bytes: Buffer;
	tails: number;
}

/** A waiting tail: its bytes, or its digest if too many are waiting. */
type WaitingTail = { readonly held: HeldBuffer; readonly start: number } | { readonly digest: string };

/**
 * Compares the tails of pairs of files while the fragment blocks of both images are expanded, in any order. Both
 * images have most files in the same order, so that few tails have to wait for their counterpart.
 */
export class TailComparison<P> {
	readonly #blockSize: number;
	readonly #waiting: Map<P, WaitingTail> = new Map();
	readonly #unequal: Set<P> = new Set();
	readonly #spare: HeldBuffer[] = [];
	#buffers = 0;

	constructor(blockSize: number) {
		this.#blockSize = blockSize;
	}

	/** Takes the tails of one block. Each pair comes twice, once for each image. */
	take(tails: readonly ExpandedTail<P>[]): void {
		const others: ExpandedTail<P>[] = [];
		for (const tail of tails) {
			const waiting = this.#waiting.get(tail.pair);
			if (waiting === undefined) others.push(tail);
			else this.#compare(tail, waiting);
		}
		if (others.length > 0) this.#hold(others);
	}

	/** Returns whether the tails of a pair are equal, after both were taken. */
	areEqual(pair: P): boolean {
		return !this.#unequal.has(pair);
	}

	#compare({ pair, bytes }: ExpandedTail<P>, waiting: WaitingTail): void {
		this.#waiting.delete(pair);
		if ("digest" in waiting) {
			if (waiting.digest !== digestOf(bytes)) this.#unequal.add(pair);
			return;
		}
		const { held, start } = waiting;
		if (!held.bytes.subarray(start, start + bytes.length).equals(bytes)) this.#unequal.add(pair);
		if (--held.tails === 0) this.#spare.push(held);
	}

	#hold(tails: readonly ExpandedTail<P>[]): void {
		const held = this.#buffer();
		let end = 0;
		for (const { pair, bytes } of tails) {
			const start = end;
			// In a hostile image, tails may have more bytes than their block.
			if (held === undefined || start + bytes.length > this.#blockSize) {
				this.#waiting.set(pair, { digest: digestOf(bytes) });
				continue;
			}
			held.bytes.set(bytes, start);
			held.tails++;
			end += bytes.length;
			this.#waiting.set(pair, { held, start });
		}
	}

	/** Returns a free buffer of the size of a block; undefined if too many are in use. */
	#buffer(): HeldBuffer | undefined {
		const spare = this.#spare.pop();
		if (spare !== undefined) return spare;
		if (++this.#buffers * this.#blockSize > HELD_BYTES) return undefined;
		return { bytes: Buffer.allocUnsafeSlow(this.#blockSize), tails: 0 };
	}
}

function digestOf(bytes: Uint8Array): string {
	return hash("sha256", bytes, "base64");
}
