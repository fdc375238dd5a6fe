/**
 * CRC-64 of the .xz format (ECMA-182, reflected), a byte a step: only images made by other
 * tools may hold it.
 *
 * Memory: TABLE 256 u64.
 */
const TABLE: usize = memory.data(256 * 8, 16);

function fillTable(): void {
	for (let byte: u64 = 0; byte < 256; byte++) {
		let crc = byte;
		for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xc96c5795d7870f42 & (0 - (crc & 1)));
		store<u64>(TABLE + ((<usize>byte) << 3), crc);
	}
}
fillTable();

/** Over `length` bytes at `data`. */
export function crc64(data: usize, length: usize): u64 {
	let crc: u64 = ~0;
	for (const end = data + length; data < end; data++) {
		crc = (crc >>> 8) ^ load<u64>(TABLE + ((<usize>((crc ^ load<u8>(data)) & 255)) << 3));
	}
	return ~crc;
}
