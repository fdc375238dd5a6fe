/**
 * Sixteen bytes at once: by SIMD, or, in the modules for machines without it, by words. Both give the same bytes;
 * the build compiles each algorithm once with SIMD and once without, and the compiler drops the other half.
 */

/** Copies sixteen bytes. What lies there is read before it is written. */
export function copySixteen(to: usize, from: usize): void {
	if (ASC_FEATURE_SIMD) {
		v128.store(to, v128.load(from));
	} else {
		const low = load<u64>(from);
		const high = load<u64>(from, 8);
		store<u64>(to, low);
		store<u64>(to, high, 8);
	}
}

/** Stores `value` in four places. */
export function fillFour(to: usize, value: u32): void {
	if (ASC_FEATURE_SIMD) {
		v128.store(to, i32x4.splat(value));
	} else {
		const pair = ((<u64>value) << 32) | value;
		store<u64>(to, pair);
		store<u64>(to, pair, 8);
	}
}

/** Stores the sums of four u32 at `a` and four at `b`. */
export function addFour(to: usize, a: usize, b: usize): void {
	if (ASC_FEATURE_SIMD) {
		v128.store(to, i32x4.add(v128.load(a), v128.load(b)));
	} else {
		for (let at: usize = 0; at < 16; at += 4) store<u32>(to + at, load<u32>(a + at) + load<u32>(b + at));
	}
}

/** Stores four u32 at `from`, each with `value` added. */
export function raiseFour(to: usize, from: usize, value: u32): void {
	if (ASC_FEATURE_SIMD) {
		v128.store(to, i32x4.add(i32x4.splat(value), v128.load(from)));
	} else {
		for (let at: usize = 0; at < 16; at += 4) store<u32>(to + at, load<u32>(from + at) + value);
	}
}

/** A bit for each of the sixteen bytes at `from`, lowest first: whether it is `byte`. */
export function equalBytes(from: usize, byte: u32): u32 {
	if (ASC_FEATURE_SIMD) {
		return <u32>i8x16.bitmask(i8x16.eq(v128.load(from), i8x16.splat(<i8>byte)));
	} else {
		return equalBytesOfWord(load<u64>(from), byte) | (equalBytesOfWord(load<u64>(from, 8), byte) << 8);
	}
}

function equalBytesOfWord(word: u64, byte: u32): u32 {
	const low: u64 = 0x7f7f7f7f7f7f7f7f;
	const difference = word ^ (<u64>(byte & 0xff) * 0x0101010101010101);
	// The high bit of each byte that does not differ, and nothing else.
	const equal = ~(((difference & low) + low) | difference | low);
	return <u32>(((equal >>> 7) * 0x0102040810204080) >>> 56);
}
