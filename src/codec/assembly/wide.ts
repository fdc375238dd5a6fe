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

/**
 * Lowers `count` prices to what is offered, `offers` with `raise` added, where that is less; and marks those with
 * `mark`, `mark + 1` and so on. Prices are below 2^31. Up to three prices, marks and offers more may be read.
 */
export function lowerPrices(
	prices: usize,
	marks: usize,
	offers: usize,
	raise: u32,
	mark: u32,
	count: u32,
): void {
	const end = (<usize>count) << 2;
	if (ASC_FEATURE_SIMD) {
		const raises = i32x4.splat(raise);
		let left = i32x4.sub(i32x4.splat(count), i32x4(0, 1, 2, 3));
		let marked = i32x4.add(i32x4.splat(mark), i32x4(0, 1, 2, 3));
		for (let at: usize = 0; at < end; at += 16) {
			const offer = i32x4.add(raises, v128.load(offers + at));
			const price = v128.load(prices + at);
			const cheaper = v128.and(i32x4.lt_s(offer, price), i32x4.gt_s(left, i32x4.splat(0)));
			if (v128.any_true(cheaper)) {
				v128.store(prices + at, v128.bitselect(offer, price, cheaper));
				v128.store(marks + at, v128.bitselect(marked, v128.load(marks + at), cheaper));
			}
			left = i32x4.sub(left, i32x4.splat(4));
			marked = i32x4.add(marked, i32x4.splat(4));
		}
	} else {
		for (let at: usize = 0; at < end; at += 4) {
			const offer = load<u32>(offers + at) + raise;
			if (offer >= load<u32>(prices + at)) continue;
			store<u32>(prices + at, offer);
			store<u32>(marks + at, mark + (<u32>at >>> 2));
		}
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
