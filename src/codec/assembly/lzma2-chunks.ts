// LZMA2: cuts the code into chunks whose sizes its headers can hold. A chunk ends the range
// code; chances, state and dictionary go on in the next.
import { INPUT, QUEUE } from "./lzma-memory";
import { countLiteral } from "./lzma-prices";
import * as chance from "./lzma-probabilities";
import { codeEnd, encodeQueue, finishCode, startCode } from "./lzma-range-coder";
import { pushLiteral, pushMatch, pushRep } from "./lzma-symbols";

/** Header bytes that say: new dictionary, new properties; or: nothing new. */
const FIRST_CHUNK: u32 = 0xe0;
const NEXT_CHUNK: u32 = 0x80;
const END_OF_CHUNKS: u8 = 0;
const MAX_PACKED: u32 = 1 << 16;
/** The queue is coded when it is longer: it fits into the first level cache. */
const QUEUE_LIMIT: u32 = QUEUE + 4 * 1024;
/** More than a full queue can become. */
const QUEUE_CODE: u32 = 2048;

/** Where the parser is: position in the block, LZMA state, last four distances (minus one). */
export let encodedPosition: u32 = 0;
export let state: u32 = 0;
export let rep0: u32 = 0;
export let rep1: u32 = 0;
export let rep2: u32 = 0;
export let rep3: u32 = 0;
let queueEnd: u32 = QUEUE;
let chunkHeader: u32 = 0;
let chunkPosition: u32 = 0;
let isFirst: boolean = true;
/** Address that the output must not pass. */
let outputLimit: u32 = 0;
/** True once it would: what was written is then of no use. */
export let isOverLimit: boolean = false;

/** Starts the chunks of a block at `output`. */
export function startChunks(output: u32, limit: u32): void {
	encodedPosition = 0;
	state = 0;
	rep0 = rep1 = rep2 = rep3 = 0;
	queueEnd = QUEUE;
	isFirst = true;
	isOverLimit = false;
	outputLimit = limit;
	startChunk(output);
}

function startChunk(header: u32): void {
	chunkHeader = header;
	chunkPosition = encodedPosition;
	startCode(header + (isFirst ? 6 : 5));
}

/** Ends the range code and fills in the header. @returns the address after the chunk. */
function finishChunk(): u32 {
	finishCode();
	const unpacked = encodedPosition - chunkPosition - 1;
	const packed = codeEnd() - chunkHeader - (isFirst ? 6 : 5) - 1;
	store<u8>(chunkHeader, (isFirst ? FIRST_CHUNK : NEXT_CHUNK) | (unpacked >> 16));
	store<u8>(chunkHeader, unpacked >> 8, 1);
	store<u8>(chunkHeader, unpacked, 2);
	store<u8>(chunkHeader, packed >> 8, 3);
	store<u8>(chunkHeader, packed, 4);
	if (isFirst) store<u8>(chunkHeader, chance.propertiesByte, 5);
	isFirst = false;
	return codeEnd();
}

/** Codes what is queued. Call before reading chances; position and state are always current. */
export function flushQueue(): void {
	encodeQueue(QUEUE, queueEnd);
	queueEnd = QUEUE;
	const end = codeEnd();
	if (end > outputLimit) isOverLimit = true;
	if (end - chunkHeader > MAX_PACKED - QUEUE_CODE) startChunk(finishChunk());
}

/** Ends the last chunk and the list of chunks. @returns the address after it. */
export function finishChunks(): u32 {
	encodeQueue(QUEUE, queueEnd);
	const end = encodedPosition > chunkPosition ? finishChunk() : chunkHeader;
	store<u8>(end, END_OF_CHUNKS);
	return end + 1;
}

function advance(queue: u32, length: u32): void {
	encodedPosition += length;
	queueEnd = queue;
	if (queue > QUEUE_LIMIT) flushQueue();
}

export function encodeLiteral(): void {
	const queue = pushLiteral(queueEnd, encodedPosition, state, rep0);
	countLiteral(chance.literalContext(encodedPosition, load<u8>(encodedPosition, INPUT - 1)));
	state = chance.stateAfterLiteral(state);
	advance(queue, 1);
}

/** `distance` is minus one. */
export function encodeMatch(length: u32, distance: u32): void {
	const queue = pushMatch(queueEnd, encodedPosition, state, length, distance);
	state = chance.stateAfterMatch(state);
	rep3 = rep2;
	rep2 = rep1;
	rep1 = rep0;
	rep0 = distance;
	advance(queue, length);
}

/** Length 1 only with index 0. */
export function encodeRep(length: u32, index: u32): void {
	const queue = pushRep(queueEnd, encodedPosition, state, length, index);
	state = length == 1 ? chance.stateAfterShortRep(state) : chance.stateAfterRep(state);
	if (index > 0) moveRepToFront(index);
	advance(queue, length);
}

function moveRepToFront(index: u32): void {
	const distance = index == 1 ? rep1 : index == 2 ? rep2 : rep3;
	if (index > 2) rep3 = rep2;
	if (index > 1) rep2 = rep1;
	rep1 = rep0;
	rep0 = distance;
}
