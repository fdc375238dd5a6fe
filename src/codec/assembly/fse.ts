/**
 * Finite state entropy (RFC 8878, section 4.1): what its tables have in common for encoding
 * and decoding.
 */

/**
 * Spreads symbols over a table of 1 << log states.
 * @param counts i16 per symbol; -1 takes one state at the table's end.
 * @param table u8 per state: its symbol.
 */
export function spreadSymbols(counts: usize, symbols: u32, log: u32, table: usize): void {
	const size: u32 = 1 << log;
	const mask = size - 1;
	const step = (size >>> 1) + (size >>> 3) + 3;
	let high = mask;
	for (let symbol: u32 = 0; symbol < symbols; symbol++) {
		if (load<i16>(counts + (symbol << 1)) == -1) store<u8>(table + high--, symbol);
	}
	let place: u32 = 0;
	for (let symbol: u32 = 0; symbol < symbols; symbol++) {
		for (let left = <i32>load<i16>(counts + (symbol << 1)); left > 0; left--) {
			store<u8>(table + place, symbol);
			do place = (place + step) & mask;
			while (place > high);
		}
	}
}
