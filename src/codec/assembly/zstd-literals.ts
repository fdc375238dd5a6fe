/**
 * Huffman-coded literals of zstd (RFC 8878, section 4.2).
 *
 * Memory: CODE u16 per 11-bit prefix: symbol | bits << 8, kept from block to block;
 * WEIGHTS u8 per symbol; WEIGHT_TABLE 64 states to decode them; RANKS u32 per weight: where in
 * CODE its next symbol goes.
 */
import { buildTable, COUNTS, distributionLog, distributionSymbols, readDistribution } from "./fse-decoder";
import { LITERAL_BITS_MOST, WEIGHTS_MOST } from "./zstd-codes";

const CODE: usize = memory.data(2 << 11, 16);
const WEIGHTS: usize = memory.data(256, 16);
const WEIGHT_TABLE: usize = memory.data(64 * 8, 16);
const WEIGHT_VALUES: usize = memory.data(16 * 4, 16);
const NO_EXTRA: usize = memory.data(16, 16);
const RANKS: usize = memory.data(16 * 4, 16);
const MOST_WEIGHT: u32 = LITERAL_BITS_MOST + 1;

/** Bits of the longest code; 0 before the first one is read. */
let codeBits: u32 = 0;

for (let weight: u32 = 0; weight < 16; weight++) store<u32>(WEIGHT_VALUES + (weight << 2), weight);

export function forgetLiteralCode(): void {
	codeBits = 0;
}

export function hasLiteralCode(): bool {
	return codeBits != 0;
}

/** Where the last set bit of a stream that is read backwards lies; -1 when there is none. */
export function lastBit(from: usize, end: usize): i32 {
	if (end <= from) return -1;
	const last = <u32>load<u8>(end - 1);
	return last == 0 ? -1 : <i32>((end - from) << 3) - 1 - (<i32>clz(last) - 24);
}

/** `count` bits from `position` upwards. */
export function bitsAt(from: usize, position: i32, count: u32): u32 {
	return <u32>(load<u64>(from + (position >> 3)) >>> (position & 7)) & ((1 << count) - 1);
}

/** Weights that are coded by two states in turn; returns how many, or 0 for damage. */
function readCodedWeights(from: usize, end: usize): u32 {
	const taken = readDistribution(from, end, MOST_WEIGHT + 1, WEIGHTS_MOST);
	if (taken == 0) return 0;
	const log = distributionLog();
	buildTable(WEIGHT_TABLE, COUNTS, distributionSymbols(), log, WEIGHT_VALUES, NO_EXTRA);
	from += taken;
	let position = lastBit(from, end) - <i32>log;
	let state = bitsAt(from, position, log);
	position -= log;
	let other = bitsAt(from, position, log);
	if (position < 0) return 0;
	for (let count: u32 = 0; count < 254; ) {
		const entry = load<u64>(WEIGHT_TABLE + (state << 3));
		store<u8>(WEIGHTS + count++, <u8>entry);
		const width = <u32>(entry >>> 48) & 255;
		position -= width;
		if (position < 0) {
			store<u8>(WEIGHTS + count++, load<u8>(WEIGHT_TABLE + (other << 3)));
			return count;
		}
		const next = (<u32>(entry >>> 32) & 0xffff) + bitsAt(from, position, width);
		state = other;
		other = next;
	}
	return 0;
}

function readPlainWeights(from: usize, count: u32): void {
	for (let symbol: u32 = 0; symbol < count; symbol++) {
		const pair = load<u8>(from + (symbol >>> 1));
		store<u8>(WEIGHTS + symbol, symbol & 1 ? pair & 15 : pair >>> 4);
	}
}

/** The last symbol's weight fills the code; then symbols take their places, light ones first. */
function buildCode(count: u32): bool {
	memory.fill(RANKS, 0, 64);
	let sum: u32 = 0;
	for (let symbol: u32 = 0; symbol < count; symbol++) {
		const weight = <u32>load<u8>(WEIGHTS + symbol);
		if (weight > MOST_WEIGHT) return false;
		sum += (1 << weight) >>> 1;
	}
	if (sum == 0) return false;
	const bits: u32 = 32 - clz(sum);
	const rest = ((<u32>1) << bits) - sum;
	if (bits > LITERAL_BITS_MOST || (rest & (rest - 1)) != 0) return false;
	store<u8>(WEIGHTS + count, 32 - clz(rest));
	for (let symbol: u32 = 0; symbol <= count; symbol++) {
		const rank = RANKS + ((<usize>load<u8>(WEIGHTS + symbol)) << 2);
		store<u32>(rank, load<u32>(rank) + 1);
	}
	let place: u32 = 0;
	for (let weight: u32 = 1; weight <= bits; weight++) {
		const rank = RANKS + (weight << 2);
		const symbols = load<u32>(rank);
		store<u32>(rank, place);
		place += symbols << (weight - 1);
	}
	for (let symbol: u32 = 0; symbol <= count; symbol++) {
		const weight = <u32>load<u8>(WEIGHTS + symbol);
		if (weight == 0) continue;
		const rank = RANKS + (weight << 2);
		const first = load<u32>(rank);
		const length = (<u32>1) << (weight - 1);
		store<u32>(rank, first + length);
		const entry = symbol | ((bits + 1 - weight) << 8);
		for (let i: u32 = 0; i < length; i++) store<u16>(CODE + ((first + i) << 1), entry);
	}
	codeBits = bits;
	return true;
}

/** Reads the description of a code; returns the bytes it took, or 0 for damage. */
export function readLiteralCode(from: usize, end: usize): usize {
	codeBits = 0;
	if (from >= end) return 0;
	const header = <u32>load<u8>(from);
	const plain = header >= 128;
	const taken: usize = 1 + (plain ? (header - 126) >>> 1 : header);
	if (taken > end - from) return 0;
	let count = header - 127;
	if (plain) readPlainWeights(from + 1, count);
	else count = readCodedWeights(from + 1, from + taken);
	return count != 0 && buildCode(count) ? taken : 0;
}

/** Decodes one stream of exactly `count` symbols. */
export function decodeStream(from: usize, end: usize, to: usize, count: usize): bool {
	let position = lastBit(from, end);
	if (position < 0) return false;
	const shift = <u64>(64 - codeBits);
	const stop = to + count;
	while (to < stop) {
		// Five codes of up to eleven bits fit in what one load gives.
		const byte = ((position + 7) >> 3) - 8;
		let bits = load<u64>(from + byte) << (<u64>(8 - position) & 7);
		const some = min<usize>(5, stop - to);
		for (let i: usize = 0; i < some; i++) {
			const entry = <u32>load<u16>(CODE + ((<usize>(bits >>> shift)) << 1));
			store<u8>(to++, entry);
			bits <<= <u64>(entry >>> 8);
			position -= entry >>> 8;
		}
		if (position < 0) return false;
	}
	return position == 0;
}
