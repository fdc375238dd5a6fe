/**
 * Literals sections of zstd blocks (RFC 8878, section 3.1.1.3.1), coded by the shortest way.
 *
 * Memory: LENGTHS u8 and ENTRIES u32 (code | length << 16) per byte value; WEIGHTS u8 per byte
 * value, WEIGHT_COUNTS and WEIGHT_PLACES u32 per weight for the code and its description;
 * WEIGHT_ENCODER its FSE table.
 */
import { beginBits, finishMarked } from "./bit-writer";
import {
	buildEncoder,
	firstState,
	NORMALIZED,
	nextState,
	normalize,
	outgoingBits,
	putState,
	TABLE_SIZE,
	writeDistribution,
} from "./fse-encoder";
import { prefixCodeLengths } from "./prefix-code";
import { LITERAL_BITS_MOST, WEIGHTS_MOST } from "./zstd-codes";

const LENGTHS: usize = memory.data(256, 16);
const ENTRIES: usize = memory.data(256 * 4, 16);
const WEIGHTS: usize = memory.data(256, 16);
const WEIGHT_COUNTS: usize = memory.data(16 * 4, 16);
const WEIGHT_PLACES: usize = memory.data(16 * 4, 16);
const WEIGHT_ENCODER: usize = memory.data(TABLE_SIZE, 16);
const SINGLE_STREAM_MOST: usize = 1023;

function writeHeader(to: usize, kind: u32, size: usize): usize {
	if (size < 32) {
		store<u8>(to, kind | ((<u32>size) << 3));
		return to + 1;
	}
	if (size < 4096) {
		store<u16>(to, kind | (1 << 2) | ((<u32>size) << 4));
		return to + 2;
	}
	store<u32>(to, kind | (3 << 2) | ((<u32>size) << 4));
	return to + 3;
}

function writePlain(to: usize, from: usize, size: usize): usize {
	to = writeHeader(to, 0, size);
	memory.copy(to, from, size);
	return to + size;
}

/** Counts the symbols of each weight into WEIGHT_PLACES, then turns counts into first places. */
function placeWeights(last: u32, longest: u32): void {
	memory.fill(WEIGHT_PLACES, 0, 64);
	for (let symbol: u32 = 0; symbol <= last; symbol++) {
		const length = <u32>load<u8>(LENGTHS + symbol);
		const weight = length == 0 ? 0 : longest + 1 - length;
		store<u8>(WEIGHTS + symbol, weight);
		const slot = WEIGHT_PLACES + (weight << 2);
		store<u32>(slot, load<u32>(slot) + 1);
	}
	let place: u32 = 0;
	for (let weight: u32 = 1; weight <= longest; weight++) {
		const slot = WEIGHT_PLACES + (weight << 2);
		const symbols = load<u32>(slot);
		store<u32>(slot, place);
		place += symbols << (weight - 1);
	}
}

/** Turns lengths into weights and codes (section 4.2.1); returns the highest symbol used. */
function assignCodes(): u32 {
	let longest: u32 = 0;
	let last: u32 = 0;
	for (let symbol: u32 = 0; symbol < 256; symbol++) {
		const length = <u32>load<u8>(LENGTHS + symbol);
		longest = max(longest, length);
		if (length != 0) last = symbol;
	}
	placeWeights(last, longest);
	for (let symbol: u32 = 0; symbol <= last; symbol++) {
		const weight = <u32>load<u8>(WEIGHTS + symbol);
		if (weight == 0) continue;
		const slot = WEIGHT_PLACES + (weight << 2);
		const place = load<u32>(slot);
		store<u32>(slot, place + (1 << (weight - 1)));
		store<u32>(ENTRIES + (symbol << 2), (place >>> (weight - 1)) | ((longest + 1 - weight) << 16));
	}
	return last;
}

/** The weights of the `count` first symbols, coded by two states in turn; 0 if that cannot be. */
function writeCodedWeights(to: usize, count: u32): usize {
	if (count < 2) return 0;
	memory.fill(WEIGHT_COUNTS, 0, 64);
	for (let symbol: u32 = 0; symbol < count; symbol++) {
		const slot = WEIGHT_COUNTS + ((<usize>load<u8>(WEIGHTS + symbol)) << 2);
		store<u32>(slot, load<u32>(slot) + 1);
	}
	let used = 0;
	for (let at: usize = 0; at < 64; at += 4) used += i32(load<u32>(WEIGHT_COUNTS + at) != 0);
	if (used < 2) return 0;
	const log: u32 = count > 64 ? WEIGHTS_MOST : 5;
	normalize(WEIGHT_COUNTS, 13, log, false);
	const stream = writeDistribution(to + 1, 13, log);
	buildEncoder(WEIGHT_ENCODER, NORMALIZED, 13, log);
	beginBits(stream);
	let state = firstState(WEIGHT_ENCODER, load<u8>(WEIGHTS + count - 1));
	let other = firstState(WEIGHT_ENCODER, load<u8>(WEIGHTS + count - 2));
	for (let index = <i32>count - 3; index >= 0; index--) {
		const weight = <u32>load<u8>(WEIGHTS + index);
		const bits = outgoingBits(WEIGHT_ENCODER, state, weight);
		putState(state, bits);
		const next = nextState(WEIGHT_ENCODER, state, weight, bits);
		state = other;
		other = next;
	}
	// The reader begins with the state of symbol 0, which is the one coded last.
	putState(state, log);
	putState(other, log);
	const end = finishMarked();
	if (end - to - 1 > 127) return 0;
	store<u8>(to, <u8>(end - to - 1));
	return end;
}

/** Four bits a weight; only for up to 128 symbols. */
function writePlainWeights(to: usize, count: u32): usize {
	if (count > 128) return 0;
	store<u8>(to, 127 + count);
	store<u8>(WEIGHTS + count, 0);
	for (let symbol: u32 = 0; symbol < count; symbol += 2) {
		store<u8>(to + 1 + (symbol >>> 1), (load<u8>(WEIGHTS + symbol) << 4) | load<u8>(WEIGHTS + symbol + 1));
	}
	return to + 1 + ((count + 1) >>> 1);
}

/** Describes the code; the last symbol's weight follows from the others. Returns 0 if it cannot. */
function writeCode(to: usize, last: u32): usize {
	const coded = writeCodedWeights(to, last);
	const plainSize: usize = 1 + ((last + 1) >>> 1);
	return coded != 0 && (last > 128 || coded - to <= plainSize) ? coded : writePlainWeights(to, last);
}

/** Five codes of up to eleven bits at a time, last byte first. */
function writeStream(to: usize, from: usize, end: usize): usize {
	let buffer: u64 = 0;
	let filled: u64 = 0;
	while (end > from) {
		const stop = end - min<usize>(5, end - from);
		while (end > stop) {
			const entry = load<u32>(ENTRIES + ((<usize>load<u8>(--end)) << 2));
			buffer |= (<u64>(entry & 0xffff)) << filled;
			filled += <u64>(entry >>> 16);
		}
		store<u64>(to, buffer);
		to += <usize>(filled >>> 3);
		buffer >>= filled & ~7;
		filled &= 7;
	}
	// A set bit marks the end.
	store<u8>(to, <u8>(buffer | ((<u64>1) << filled)));
	return to + 1;
}

/** Four streams, after the lengths of three. */
function writeFour(to: usize, from: usize, size: usize): usize {
	const part = (size + 3) >>> 2;
	let out = to + 6;
	for (let stream: usize = 0; stream < 4; stream++) {
		const start = from + stream * part;
		const end = writeStream(out, start, min(start + part, from + size));
		if (stream < 3) store<u16>(to + 2 * stream, <u16>(end - out));
		out = end;
	}
	return out;
}

function writeCoded(to: usize, from: usize, size: usize): usize {
	const single = size <= SINGLE_STREAM_MOST;
	const headerSize: usize = size < 1024 ? 3 : size < 16384 ? 4 : 5;
	const last = assignCodes();
	const code = writeCode(to + headerSize, last);
	if (code == 0) return 0;
	const end = single ? writeStream(code, from, from + size) : writeFour(code, from, size);
	const packed = end - to - headerSize;
	if (packed >= size) return 0;
	const format: u64 = single ? 0 : headerSize - 2;
	const width: u64 = headerSize == 3 ? 10 : headerSize == 4 ? 14 : 18;
	const header = 2 | (format << 2) | ((<u64>size) << 4) | ((<u64>packed) << (4 + width));
	for (let byte: usize = 0; byte < headerSize; byte++) store<u8>(to + byte, <u8>(header >>> (byte << 3)));
	return end;
}

/** Writes the section for the `size` literals at `from`, counted in `counts`; returns its end. */
export function writeLiterals(to: usize, from: usize, size: usize, counts: usize): usize {
	if (size < 16) return writePlain(to, from, size);
	const used = prefixCodeLengths(counts, 256, LITERAL_BITS_MOST, LENGTHS);
	if (used == 1) {
		to = writeHeader(to, 1, size);
		store<u8>(to, load<u8>(from));
		return to + 1;
	}
	const end = writeCoded(to, from, size);
	return end != 0 && end - to < size ? end : writePlain(to, from, size);
}
