/**
 * The three tables that decode the sequences of a zstd block (RFC 8878, sections 3.1.1.3.2.1 and
 * 4.1): described in the block, known beforehand, or the ones of the block before.
 */
import {
	buildSingleTable,
	buildTable,
	COUNTS,
	distributionLog,
	distributionSymbols,
	readDistribution,
} from "./fse-decoder";
import * as codes from "./zstd-codes";

export const LENGTHS_TABLE: usize = memory.data(512 * 8, 16);
export const OFFSETS_TABLE: usize = memory.data(256 * 8, 16);
export const MATCHES_TABLE: usize = memory.data(512 * 8, 16);
const LENGTH_VALUES: usize = memory.data(36 * 4, 16);
const OFFSET_VALUES: usize = memory.data(32 * 4, 16);
const OFFSET_EXTRA: usize = memory.data(32, 16);
const MATCH_VALUES: usize = memory.data(53 * 4, 16);

/** States per table as logarithm; -1 before a frame's first table of the kind. */
export let lengthsLog: i32 = -1;
export let offsetsLog: i32 = -1;
export let matchesLog: i32 = -1;

function fillValues(): void {
	let length: u32 = 0;
	for (let code: u32 = 0; code < codes.LITERAL_LENGTH_CODES; code++) {
		store<u32>(LENGTH_VALUES + ((<usize>code) << 2), length);
		length += 1 << codes.LITERAL_LENGTH_EXTRA[code];
	}
	length = codes.LEAST_MATCH;
	for (let code: u32 = 0; code < codes.MATCH_LENGTH_CODES; code++) {
		store<u32>(MATCH_VALUES + ((<usize>code) << 2), length);
		length += 1 << codes.MATCH_LENGTH_EXTRA[code];
	}
	for (let code: u32 = 0; code < codes.OFFSET_CODES; code++) {
		store<u32>(OFFSET_VALUES + ((<usize>code) << 2), 1 << code);
		store<u8>(OFFSET_EXTRA + code, code);
	}
}
fillValues();

/** Forgets the tables of the frame before. */
export function forgetTables(): void {
	lengthsLog = -1;
	offsetsLog = -1;
	matchesLog = -1;
}

/** Where the tables are read, and afterwards where the bits of the sequences begin. */
export let tablePlace: usize = 0;

/**
 * Reads or chooses one of the three tables, at `tablePlace`.
 * @param log the kind's last table; -1 for none.
 * @returns the table's log, or -1 for damage.
 */
function readTable(
	mode: u32,
	end: usize,
	table: usize,
	log: i32,
	counts: StaticArray<i16>,
	countsLog: u32,
	symbols: u32,
	most: u32,
	values: usize,
	extra: usize,
): i32 {
	if (mode == 3) return log;
	if (mode == 0) {
		buildTable(table, changetype<usize>(counts), <u32>counts.length, countsLog, values, extra);
		return countsLog;
	}
	if (mode == 1) {
		const symbol = <usize>load<u8>(tablePlace++);
		if (tablePlace > end || symbol >= symbols) return -1;
		buildSingleTable(table, load<u32>(values + (symbol << 2)), load<u8>(extra + symbol));
		return 0;
	}
	const taken = readDistribution(tablePlace, end, symbols, most);
	if (taken == 0) return -1;
	tablePlace += taken;
	buildTable(table, COUNTS, distributionSymbols(), distributionLog(), values, extra);
	return distributionLog();
}

/**
 * Reads the tables that begin at `from`; `tablePlace` is their end.
 * @returns false for damage.
 */
export function readTables(modes: u32, from: usize, end: usize): bool {
	tablePlace = from;
	lengthsLog = readTable(
		modes >>> 6,
		end,
		LENGTHS_TABLE,
		lengthsLog,
		codes.LITERAL_LENGTH_COUNTS,
		codes.LITERAL_LENGTH_LOG,
		codes.LITERAL_LENGTH_CODES,
		codes.LITERAL_LENGTH_MOST,
		LENGTH_VALUES,
		changetype<usize>(codes.LITERAL_LENGTH_EXTRA),
	);
	if (lengthsLog < 0) return false;
	offsetsLog = readTable(
		(modes >>> 4) & 3,
		end,
		OFFSETS_TABLE,
		offsetsLog,
		codes.OFFSET_COUNTS,
		codes.OFFSET_LOG,
		codes.OFFSET_CODES,
		codes.OFFSET_MOST,
		OFFSET_VALUES,
		OFFSET_EXTRA,
	);
	if (offsetsLog < 0) return false;
	matchesLog = readTable(
		(modes >>> 2) & 3,
		end,
		MATCHES_TABLE,
		matchesLog,
		codes.MATCH_LENGTH_COUNTS,
		codes.MATCH_LENGTH_LOG,
		codes.MATCH_LENGTH_CODES,
		codes.MATCH_LENGTH_MOST,
		MATCH_VALUES,
		changetype<usize>(codes.MATCH_LENGTH_EXTRA),
	);
	return matchesLog >= 0 && (modes & 3) == 0 && tablePlace <= end;
}
