/**
 * CRC-32 (IEEE 802.3, reflected polynomial EDB88320), eight bytes a step.
 *
 * Memory: 8 tables of 256 u32; table k advances a byte by k further zero bytes.
 */
const TABLES: usize = memory.data(8 * 1024, 16);

function fillTables(): void {
	for (let byte: u32 = 0; byte < 256; byte++) {
		let crc = byte;
		for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & (0 - (crc & 1)));
		store<u32>(TABLES + (byte << 2), crc);
	}
	for (let at: usize = 0; at < 7 * 1024; at += 4) {
		const crc = load<u32>(TABLES + at);
		store<u32>(TABLES + at + 1024, (crc >>> 8) ^ load<u32>(TABLES + ((crc & 255) << 2)));
	}
}
fillTables();

function entry(table: usize, byte: u32): u32 {
	return load<u32>(TABLES + (table << 10) + ((byte & 255) << 2));
}

/** Continues `crc` (0 at the start) over `length` bytes at `data`. */
export function crc32(crc: u32, data: usize, length: usize): u32 {
	const end = data + length;
	crc = ~crc;
	for (; data + 8 <= end; data += 8) {
		const low = load<u32>(data) ^ crc;
		const high = load<u32>(data, 4);
		crc =
			entry(7, low) ^
			entry(6, low >>> 8) ^
			entry(5, low >>> 16) ^
			entry(4, low >>> 24) ^
			entry(3, high) ^
			entry(2, high >>> 8) ^
			entry(1, high >>> 16) ^
			entry(0, high >>> 24);
	}
	for (; data < end; data++) crc = (crc >>> 8) ^ entry(0, crc ^ load<u8>(data));
	return ~crc;
}
