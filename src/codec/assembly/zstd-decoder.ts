/**
 * zstd blocks (RFC 8878, section 3.1.1.2), of hostile origin too. Frames are taken apart in
 * `zstd-frame.ts` of the codec room.
 *
 * Memory map: LITERALS of the current block; INPUT, one block; WINDOW: what was decoded of the
 * frame lately, at least its window; it grows upwards and is moved down when it is full. All
 * three have SLACK after them, since copies are made in steps of 16 bytes.
 */
import { copySixteen } from "./wide";
import { finishHash, hashStripes, resetHash } from "./xxh64";
import {
	bitsAt,
	decodeStream,
	forgetLiteralCode,
	hasLiteralCode,
	lastBit,
	readLiteralCode,
} from "./zstd-literals";
import {
	forgetTables,
	LENGTHS_TABLE,
	lengthsLog,
	MATCHES_TABLE,
	matchesLog,
	OFFSETS_TABLE,
	offsetsLog,
	readTables,
	tablePlace,
} from "./zstd-sequence-tables";

const BLOCK: usize = 128 * 1024;
const SLACK: usize = 64;
const LITERALS: usize = 0x10000;
const INPUT: usize = 0x40000;
const WINDOW: usize = 0x70000;
const STRIPE: usize = 32;

/** What the build compares: static data must end before the memory map begins. */
export const staticEnd: usize = __heap_base;
export const mapBegin: usize = LITERALS;

let windowSize: usize = 0;
let windowEnd: usize = 0;
/** Where the bytes that matches may reach begin, and where the next one goes. */
let reach: usize = 0;
let out: usize = 0;
let produced: usize = 0;
let hashed: usize = 0;
let hashing: bool = false;

let literals: usize = 0;
let literalsEnd: usize = 0;
let rep1: u32 = 1;
let rep2: u32 = 4;
let rep3: u32 = 8;

/** Address for the bytes of a block. */
export function inputAddress(): usize {
	return INPUT;
}

/** Address of what the last block expanded to. */
export function producedAddress(): usize {
	return produced;
}

/**
 * Starts a frame.
 * @param window bytes that matches may reach back; 1 at least.
 * @param spare room beyond the window, after which it is moved: two blocks at least.
 */
export function beginFrame(window: usize, spare: usize, checksum: bool): void {
	windowSize = window;
	windowEnd = WINDOW + max(window, STRIPE) + spare;
	const pages = <i32>((windowEnd + SLACK + 0xffff) >>> 16);
	if (pages > memory.size()) memory.grow(pages - memory.size());
	reach = WINDOW;
	out = WINDOW;
	hashed = WINDOW;
	hashing = checksum;
	resetHash();
	forgetLiteralCode();
	rep1 = 1;
	rep2 = 4;
	rep3 = 8;
	forgetTables();
}

/** Makes room for one more block. */
function beginBlock(): void {
	const kept = max(windowSize, STRIPE);
	if (out + BLOCK > windowEnd) {
		const distance = out - kept - WINDOW;
		memory.copy(WINDOW, WINDOW + distance, kept);
		out -= distance;
		hashed -= distance;
	}
	produced = out;
}

function endBlock(): i32 {
	if (hashing) hashed = hashStripes(hashed, out);
	return <i32>(out - produced);
}

/** The low half of the hash of all the frame's bytes. */
export function checksum(): u32 {
	return <u32>finishHash(hashed, out);
}

/** A block that is stored as it is. */
export function storedBlock(length: usize): i32 {
	beginBlock();
	memory.copy(out, INPUT, length);
	out += length;
	return endBlock();
}

/** A block of `length` times one byte. */
export function repeatedBlock(byte: u32, length: usize): i32 {
	beginBlock();
	memory.fill(out, <u8>byte, length);
	out += length;
	return endBlock();
}

/**
 * A compressed block of `length` bytes at the input address.
 * @returns what it expanded to, or -1 when it is damaged.
 */
export function compressedBlock(length: usize): i32 {
	beginBlock();
	const end = INPUT + length;
	store<u64>(end, 0);
	const sequences = readLiterals(INPUT, end);
	if (sequences == 0 || !readSequences(sequences, end)) return -1;
	const rest = literalsEnd - literals;
	if (rest > produced + min(windowSize, BLOCK) - out) return -1;
	memory.copy(out, literals, rest);
	out += rest;
	return endBlock();
}

// Literals (section 3.1.1.3.1)

/** Brings the literals into place; returns where the sequences begin, or 0 for damage. */
function readLiterals(from: usize, end: usize): usize {
	const header = load<u64>(from);
	const kind = <u32>header & 3;
	const format = <u32>(header >>> 2) & 3;
	if (kind >= 2) return readCodedLiterals(from, end, header, kind == 3);
	const headerSize: usize = format == 3 ? 3 : format == 1 ? 2 : 1;
	const size =
		<usize>(header >>> (headerSize == 1 ? 3 : 4)) &
		((1 << (headerSize == 3 ? 20 : headerSize == 2 ? 12 : 5)) - 1);
	const place = from + headerSize;
	const stored: usize = kind == 1 ? 1 : size;
	if (size > BLOCK || place + stored > end) return 0;
	literals = LITERALS;
	literalsEnd = LITERALS + size;
	if (kind == 1) memory.fill(LITERALS, load<u8>(place), size);
	else memory.copy(LITERALS, place, size);
	return place + stored;
}

function readCodedLiterals(from: usize, end: usize, header: u64, treeless: bool): usize {
	const format = <u32>(header >>> 2) & 3;
	const width: u32 = format < 2 ? 10 : format == 2 ? 14 : 18;
	const mask: usize = (1 << width) - 1;
	const size = <usize>(header >>> 4) & mask;
	const packed = <usize>(header >>> (4 + width)) & mask;
	let place: usize = from + (format < 2 ? 3 : format == 2 ? 4 : 5);
	const stop = place + packed;
	if (size > BLOCK || stop > end) return 0;
	if (treeless) {
		if (!hasLiteralCode()) return 0;
	} else {
		const taken = readLiteralCode(place, stop);
		if (taken == 0) return 0;
		place += taken;
	}
	literals = LITERALS;
	literalsEnd = LITERALS + size;
	const sound = format == 0 ? decodeStream(place, stop, LITERALS, size) : decodeFour(place, stop, size);
	return sound ? stop : 0;
}

/** Four streams, three of whose lengths are in front. */
function decodeFour(place: usize, stop: usize, size: usize): bool {
	if (place + 6 > stop || size < 6) return false;
	const second = place + 6 + load<u16>(place);
	const third = second + load<u16>(place, 2);
	const fourth = third + load<u16>(place, 4);
	if (fourth > stop) return false;
	const part = (size + 3) >>> 2;
	return (
		decodeStream(place + 6, second, LITERALS, part) &&
		decodeStream(second, third, LITERALS + part, part) &&
		decodeStream(third, fourth, LITERALS + 2 * part, part) &&
		decodeStream(fourth, stop, LITERALS + 3 * part, size - 3 * part)
	);
}

// Sequences (section 3.1.1.3.2)

function readSequences(from: usize, end: usize): bool {
	if (from >= end) return false;
	let count = <u32>load<u8>(from++);
	if (count == 0) return from == end;
	if (count == 255) {
		count = <u32>load<u16>(from) + 0x7f00;
		from += 2;
	} else if (count >= 128) count = ((count - 128) << 8) + load<u8>(from++);
	const modes = <u32>load<u8>(from++);
	if (from > end || !readTables(modes, from, end)) return false;
	return runSequences(tablePlace, end, count);
}

/** The offset that a sequence's offset value stands for (section 3.1.1.5); 0 for damage. */
function repeatOffset(value: u32, noLiterals: bool): u32 {
	const which = value + u32(noLiterals);
	if (which == 1) return rep1;
	const offset = which == 2 ? rep2 : which == 3 ? rep3 : rep1 - 1;
	if (which != 2) rep3 = rep2;
	rep2 = rep1;
	rep1 = offset;
	return offset;
}

function copyForward(to: usize, from: usize, length: usize): void {
	for (const end = to + length; to < end; to += 16, from += 16) copySixteen(to, from);
}

function copyMatch(to: usize, offset: usize, length: usize): void {
	if (offset >= 16) return copyForward(to, to - offset, length);
	const end = to + length;
	if (offset >= 8) for (; to < end; to += 8) store<u64>(to, load<u64>(to - offset));
	else for (; to < end; to++) store<u8>(to, load<u8>(to - offset));
}

/** Executes `count` sequences; the bits are read from the end to the front. */
function runSequences(from: usize, end: usize, count: u32): bool {
	const limit = produced + min(windowSize, BLOCK);
	let position = lastBit(from, end) - lengthsLog;
	let lengthState = bitsAt(from, position, lengthsLog);
	position -= offsetsLog;
	let offsetState = bitsAt(from, position, offsetsLog);
	position -= matchesLog;
	let matchState = bitsAt(from, position, matchesLog);
	let place = out;
	let literal = literals;
	for (;;) {
		const lengthEntry = load<u64>(LENGTHS_TABLE + (lengthState << 3));
		const offsetEntry = load<u64>(OFFSETS_TABLE + (offsetState << 3));
		const matchEntry = load<u64>(MATCHES_TABLE + (matchState << 3));
		const offsetExtra = <u32>(offsetEntry >>> 56);
		position -= offsetExtra;
		const offsetValue = <u32>offsetEntry + bitsAt(from, position, offsetExtra);
		const matchExtra = <u32>(matchEntry >>> 56);
		position -= matchExtra;
		const matchLength = <usize>(<u32>matchEntry + bitsAt(from, position, matchExtra));
		const lengthExtra = <u32>(lengthEntry >>> 56);
		position -= lengthExtra;
		const literalLength = <usize>(<u32>lengthEntry + bitsAt(from, position, lengthExtra));
		if (position < 0) return false;
		if (literalLength > literalsEnd - literal || literalLength + matchLength > limit - place) return false;
		copyForward(place, literal, literalLength);
		literal += literalLength;
		place += literalLength;
		let offset = offsetValue - 3;
		if (offsetValue > 3) {
			rep3 = rep2;
			rep2 = rep1;
			rep1 = offset;
		} else offset = repeatOffset(offsetValue, literalLength == 0);
		// 0 wraps around, and is too far as well.
		if (<usize>offset - 1 >= min(place - reach, windowSize)) return false;
		copyMatch(place, offset, matchLength);
		place += matchLength;
		if (--count == 0) break;
		const lengthBits = <u32>(lengthEntry >>> 48) & 255;
		position -= lengthBits;
		lengthState = (<u32>(lengthEntry >>> 32) & 0xffff) + bitsAt(from, position, lengthBits);
		const matchBits = <u32>(matchEntry >>> 48) & 255;
		position -= matchBits;
		matchState = (<u32>(matchEntry >>> 32) & 0xffff) + bitsAt(from, position, matchBits);
		const offsetBits = <u32>(offsetEntry >>> 48) & 255;
		position -= offsetBits;
		offsetState = (<u32>(offsetEntry >>> 32) & 0xffff) + bitsAt(from, position, offsetBits);
	}
	out = place;
	literals = literal;
	return position == 0;
}
