/** The fast parse of LZ4: one candidate per place, and steps that grow where nothing is found. */
import { FARTHEST, HEADS, INPUT, LAST_LITERALS, LAST_MATCH } from "./lz4-map";
import { agreementEnd, putRest, putSequence } from "./lz4-writer";

const HASH_BITS: u64 = 13;
/** Five bytes are hashed: fewer chance meetings in a table that is small and quickly cleared. */
const UNUSED_BITS: u64 = 64 - 5 * 8;
const MULTIPLIER: u64 = 0x9e3779b185ebca87;
/** The step grows by one each time this power of two of places brought no match. */
const PATIENCE_BITS: usize = 6;

function slot(word: u64): usize {
	return HEADS + ((<usize>(((word << UNUSED_BITS) * MULTIPLIER) >> (64 - HASH_BITS))) << 2);
}

/** Compresses the bytes at INPUT up to `end`. */
export function compressFast(end: usize): void {
	memory.fill(HEADS, 0, 4 << (<usize>HASH_BITS));
	const last = end - LAST_MATCH;
	const stop = end - LAST_LITERALS;
	let anchor = INPUT;
	let misses: usize = 1 << PATIENCE_BITS;
	for (let place = INPUT; place < last; ) {
		const word = load<u64>(place);
		const head = slot(word);
		let earlier = <usize>load<u32>(head);
		store<u32>(head, <u32>place);
		// Both at once, as each alone is hard to predict.
		if (u32(place - earlier > FARTHEST) | (load<u32>(earlier) ^ <u32>word)) {
			place += misses++ >>> PATIENCE_BITS;
			continue;
		}
		const matchEnd = agreementEnd(earlier + 4, place + 4, stop);
		while (place > anchor && earlier > INPUT && load<u8>(place - 1) == load<u8>(earlier - 1)) {
			place--;
			earlier--;
		}
		putSequence(anchor, place, place - earlier, matchEnd - place);
		place = anchor = matchEnd;
		misses = 1 << PATIENCE_BITS;
		store<u32>(slot(load<u64>(place - 2)), <u32>(place - 2));
	}
	putRest(anchor, end);
}
