// Entry of the module xz.wasm: one block in, one .xz stream out.
import { chooseFilter, hasX86Calls, X86 } from "./branch-choice";
import { ARM_THUMB, filterBranches, RISC_V } from "./branch-filter";
import { parseFast } from "./lzma-fast-parser";
import { linkPositions } from "./lzma-matches";
import { BIT_PRICES, INPUT, MEMORY_END, OUTPUT, SLACK } from "./lzma-memory";
import { configureSkipping, parseOptimal } from "./lzma-optimal-parser";
import {
	chooseParameters,
	content,
	isIncompressible,
	lc,
	lp,
	pb,
	TEXT,
	WORDS,
	X86_CODE,
} from "./lzma-policy";
import { initializeBitPrices } from "./lzma-prices";
import { resetProbabilities } from "./lzma-probabilities";
import { finishChunks, isOverLimit, startChunks } from "./lzma2-chunks";
import { filterX86 } from "./x86-filter";
import { CHUNKS, dictionarySize, TRAILER_SIZE, writeHeaders, writeTrailer } from "./xz-container";

/** What the build compares: static data must end before the memory map begins. */
export const staticEnd: usize = __heap_base;
export const mapBegin: usize = BIT_PRICES;

const PAGE_BITS: u32 = 16;

memory.grow((MEMORY_END >> PAGE_BITS) - memory.size());
initializeBitPrices();

// Tiers, as src/codec/xz.ts numbers them; the rest is the best one.
const FAST: u32 = 0;
const BALANCED: u32 = 1;

/**
 * Parses the block by its tier and content. Text pays most for places that are looked at, x86 code least; prices of
 * words are dated the soonest.
 */
function parse(tier: u32): void {
	if (tier == FAST) return parseFast(5, 32);
	if (tier == BALANCED) {
		configureSkipping(48, 4, content == X86_CODE ? 208 : 176);
		return parseOptimal(24, 56, content == WORDS ? 2048 : 4096);
	}
	if (content == TEXT || content == WORDS) configureSkipping(16, 4, 96);
	else configureSkipping(24, 4, 128);
	parseOptimal(64, 64, 2048);
}

/** Where the block goes. */
export function inputAddress(): u32 {
	return INPUT;
}

/** Where the stream is. */
export function outputAddress(): u32 {
	return OUTPUT;
}

/**
 * Compresses the block of `length` bytes (1..1 MiB) at `inputAddress`, and overwrites it.
 * @param filters bits of the branch filters that may be used: 1 << id.
 * @param check CRC-32 of the block: the caller's processor has instructions for it, which WebAssembly has not.
 * @returns the length of the stream at `outputAddress`, or 0 when it would not be shorter.
 */
export function compress(length: u32, tier: u32, dictionaryCode: u32, filters: u32, check: u32): u32 {
	memory.fill(INPUT + length, 0, SLACK);
	const isX86 = hasX86Calls(INPUT, length);
	const filter = filters == 0 ? 0 : chooseFilter(filters, INPUT, length);
	if (filter == X86) filterX86(INPUT, length);
	else if (filter != 0) filterBranches(filter, INPUT, length);
	chooseParameters(length, filter == ARM_THUMB || filter == RISC_V, isX86);
	linkPositions(length, dictionarySize(dictionaryCode));
	if (isIncompressible(length)) return 0;
	resetProbabilities(lc, lp, pb);
	startChunks(CHUNKS, OUTPUT + length);
	parse(tier);
	if (isOverLimit) return 0;
	writeHeaders(dictionaryCode, filter);
	const size = writeTrailer(finishChunks(), length, check);
	return size < length ? size : 0;
}
