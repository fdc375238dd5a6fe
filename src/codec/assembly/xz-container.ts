// The .xz stream around the LZMA2 chunks of one block: headers, CRC32, index, footer.
import { crc32 } from "./crc32";
import { OUTPUT } from "./lzma-memory";

const CHECK_CRC32: u32 = 1;
const FILTER_LZMA2: u32 = 0x21;
const STREAM_HEADER_SIZE: u32 = 12;
const BLOCK_HEADER_SIZE: u32 = 12;
const CRC_SIZE: u32 = 4;
/** Where the LZMA2 chunks begin. */
export const CHUNKS: u32 = OUTPUT + STREAM_HEADER_SIZE + BLOCK_HEADER_SIZE;
/** Most bytes that follow the chunks: padding, check, index of 20, footer of 12. */
export const TRAILER_SIZE: u32 = 3 + CRC_SIZE + 20 + 12;

/** What the format's code of a dictionary size stands for: 2^n or 2^n + 2^(n-1) bytes. */
export function dictionarySize(code: u32): u32 {
	return (2 | (code & 1)) << ((code >> 1) + 11);
}

/** Writes what precedes the chunks. `filter` is the id of the branch filter, 0 where there is none. */
export function writeHeaders(dictionaryCode: u32, filter: u32): void {
	store<u32>(OUTPUT, 0x587a37fd);
	store<u32>(OUTPUT, 0x0000005a, 4);
	store<u8>(OUTPUT, CHECK_CRC32, 7);
	store<u32>(OUTPUT, crc32(0, OUTPUT + 6, 2), 8);
	const header = OUTPUT + STREAM_HEADER_SIZE;
	const lastFilter = FILTER_LZMA2 | (1 << 8) | (dictionaryCode << 16);
	// Size in words less one, number of filters less one; id, size of properties, properties.
	store<u64>(header, ((<u64>lastFilter) << 16) | 2);
	if (filter != 0) store<u64>(header, ((<u64>lastFilter) << 32) | (filter << 16) | 0x0102);
	store<u32>(header, crc32(0, header, 8), 8);
}

/**
 * Writes what follows the chunks, which end at `end`.
 * @returns the length of the whole stream.
 */
export function writeTrailer(end: u32, length: u32, check: u32): u32 {
	const unpadded = BLOCK_HEADER_SIZE + (end - CHUNKS) + CRC_SIZE;
	end = pad(end);
	store<u32>(end, check);
	const index = end + CRC_SIZE;
	store<u16>(index, 1 << 8);
	end = pad(storeVariable(storeVariable(index + 2, unpadded), length));
	store<u32>(end, crc32(0, index, end - index));
	return writeFooter(end + CRC_SIZE, end + CRC_SIZE - index) - OUTPUT;
}

function writeFooter(footer: u32, indexSize: u32): u32 {
	store<u32>(footer, indexSize / 4 - 1, 4);
	store<u32>(footer, (CHECK_CRC32 << 8) | 0x5a590000, 8);
	store<u32>(footer, crc32(0, footer + 4, 6));
	return footer + 12;
}

/** Zeros up to a multiple of four from the start of the stream. */
function pad(end: u32): u32 {
	for (; (end - OUTPUT) & 3; ++end) store<u8>(end, 0);
	return end;
}

/** Seven bits a byte, lowest first. */
function storeVariable(address: u32, value: u32): u32 {
	for (; value >= 0x80; value >>= 7) store<u8>(address++, value | 0x80);
	store<u8>(address, value);
	return address + 1;
}
