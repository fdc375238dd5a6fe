/**
 * XXH64 with seed 0, over memory that grows after what was hashed already: whole stripes of
 * 32 bytes go in as they come, the rest at the end.
 */
const PRIME1: u64 = 0x9e3779b185ebca87;
const PRIME2: u64 = 0xc2b2ae3d27d4eb4f;
const PRIME3: u64 = 0x165667b19e3779f9;
const PRIME4: u64 = 0x85ebca77c2b2ae63;
const PRIME5: u64 = 0x27d4eb2f165667c5;
const STRIPE: usize = 32;

let lane1: u64 = 0;
let lane2: u64 = 0;
let lane3: u64 = 0;
let lane4: u64 = 0;
let total: u64 = 0;

export function resetHash(): void {
	lane1 = PRIME1 + PRIME2;
	lane2 = PRIME2;
	lane3 = 0;
	lane4 = 0 - PRIME1;
	total = 0;
}

function round(lane: u64, input: u64): u64 {
	return rotl<u64>(lane + input * PRIME2, 31) * PRIME1;
}

/** Hashes the whole stripes between `from` and `to`; returns where it stopped. */
export function hashStripes(from: usize, to: usize): usize {
	const start = from;
	for (; from + STRIPE <= to; from += STRIPE) {
		lane1 = round(lane1, load<u64>(from));
		lane2 = round(lane2, load<u64>(from, 8));
		lane3 = round(lane3, load<u64>(from, 16));
		lane4 = round(lane4, load<u64>(from, 24));
	}
	total += from - start;
	return from;
}

function merge(hash: u64, lane: u64): u64 {
	return (hash ^ round(0, lane)) * PRIME1 + PRIME4;
}

/** The digest, after the last bytes: fewer than a stripe. */
export function finishHash(from: usize, to: usize): u64 {
	let hash = PRIME5;
	if (total >= STRIPE) {
		hash = rotl<u64>(lane1, 1) + rotl<u64>(lane2, 7) + rotl<u64>(lane3, 12) + rotl<u64>(lane4, 18);
		hash = merge(merge(merge(merge(hash, lane1), lane2), lane3), lane4);
	}
	hash += total + (to - from);
	for (; from + 8 <= to; from += 8) {
		hash = rotl<u64>(hash ^ round(0, load<u64>(from)), 27) * PRIME1 + PRIME4;
	}
	if (from + 4 <= to) {
		hash = rotl<u64>(hash ^ (<u64>load<u32>(from) * PRIME1), 23) * PRIME2 + PRIME3;
		from += 4;
	}
	for (; from < to; from++) hash = rotl<u64>(hash ^ (<u64>load<u8>(from) * PRIME5), 11) * PRIME1;
	hash = (hash ^ (hash >>> 33)) * PRIME2;
	hash = (hash ^ (hash >>> 29)) * PRIME3;
	return hash ^ (hash >>> 32);
}
