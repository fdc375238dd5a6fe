/**
 * A sample of what a piece of data consists of, to tell how much two pieces have in common:
 * hashes of the 8 bytes at every offset, of which those below a limit are kept, each once.
 *
 * Memory: TABLE 64 Ki u32 (which hashes are kept; 0: empty) · OUTPUT 32 Ki u32 · HISTOGRAM 4 * 256
 * u32 · INPUT 1 MiB.
 */
const TABLE: usize = 0x10000;
const OUTPUT: usize = 0x50000;
const HISTOGRAM: usize = 0x70000;
const INPUT: usize = 0x80000;
const MEMORY_END: usize = 0x190000;

/** What the build compares: static data must end before the memory map begins. */
export const staticEnd: usize = __heap_base;
export const mapBegin: usize = TABLE;

memory.grow(<i32>((MEMORY_END >>> 16) - memory.size()));

export function inputAddress(): usize {
	return INPUT;
}

export function outputAddress(): usize {
	return OUTPUT;
}

// Golden ratio of 2^64: the high half of the product depends on all 8 bytes.
const MULTIPLIER: u64 = 0x9e3779b97f4a7c15;

/** Twice as many places as hashes, so that one is soon found; what is kept at most is 32, or an eighth of the length. */
let places: usize = 0;
let kept: i32 = 0;

/** Keeps the distinct hashes below `limit` at OUTPUT; returns how many. */
export function sample(length: i32, limit: u32): i32 {
	places = max<usize>(64, min<usize>(0x10000, (<usize>1) << (32 - clz(<u32>length >>> 3))));
	memory.fill(TABLE, 0, places << 2);
	kept = 0;
	// A hash is the high half of the product: compared before it is cut out.
	const bound = (<u64>limit) << 32;
	const end = INPUT + <usize>max(length - 7, 0);
	let at = INPUT;
	for (; at + 4 <= end; at += 4) {
		const a = load<u64>(at) * MULTIPLIER;
		const b = load<u64>(at, 1) * MULTIPLIER;
		const c = load<u64>(at, 2) * MULTIPLIER;
		const d = load<u64>(at, 3) * MULTIPLIER;
		if (a < bound) keep(a);
		if (b < bound) keep(b);
		if (c < bound) keep(c);
		if (d < bound) keep(d);
	}
	for (; at < end; at++) {
		const product = load<u64>(at) * MULTIPLIER;
		if (product < bound) keep(product);
	}
	return kept;
}

function keep(product: u64): void {
	const hash = <u32>(product >>> 32);
	if (hash == 0 || <usize>kept == places >>> 1) return;
	let place: usize = hash & (places - 1);
	while (load<u32>(TABLE + (place << 2)) != 0) {
		if (load<u32>(TABLE + (place << 2)) == hash) return;
		place = (place + 1) & (places - 1);
	}
	store<u32>(TABLE + (place << 2), hash);
	store<u32>(OUTPUT + ((<usize>kept) << 2), hash);
	kept++;
}

function count(table: usize, byte: u32): void {
	const place = table + ((<usize>byte) << 2);
	store<u32>(place, load<u32>(place) + 1);
}

/**
 * How often two bytes of the input are equal, in 1/256 of what chance gives: compressed data has
 * about 256, machine code and text several times as much. 0 for less than two bytes.
 */
export function repetition(length: i32): u32 {
	if (length < 2) return 0;
	memory.fill(HISTOGRAM, 0, 4 << 10);
	const end = INPUT + <usize>length;
	let at = INPUT;
	// Equal bytes follow each other: with one table, each count would wait for the one before.
	for (; at + 4 <= end; at += 4) {
		const word = load<u32>(at);
		count(HISTOGRAM, word & 0xff);
		count(HISTOGRAM + 1024, (word >>> 8) & 0xff);
		count(HISTOGRAM + 2048, (word >>> 16) & 0xff);
		count(HISTOGRAM + 3072, word >>> 24);
	}
	for (; at < end; at++) count(HISTOGRAM, load<u8>(at));
	let pairs: u64 = 0;
	for (let place = HISTOGRAM; place < HISTOGRAM + 1024; place += 4) {
		const sum: u64 =
			load<u32>(place) + load<u32>(place, 1024) + load<u32>(place, 2048) + load<u32>(place, 3072);
		pairs += sum * sum - sum;
	}
	return <u32>((pairs << 16) / (<u64>length * (<u64>length - 1)));
}
