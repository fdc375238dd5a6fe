/**
 * Lengths of an optimal prefix code (Huffman), limited to a longest length.
 *
 * Memory: KEYS 512 u32: the used symbols' frequencies sorted ascending, replaced in place
 * by parents and then by code lengths (Moffat and Katajainen's method); ORDER 512 u16: the
 * symbols in that order; COUNTS 32 u32: symbols per length.
 */
const KEYS: usize = memory.data(512 * 4, 16);
const ORDER: usize = memory.data(512 * 2, 16);
const COUNTS: usize = memory.data(32 * 4, 16);

function key(index: i32): u32 {
	return load<u32>(KEYS + ((<usize>index) << 2));
}

function setKey(index: i32, value: u32): void {
	store<u32>(KEYS + ((<usize>index) << 2), value);
}

function symbolAt(index: i32): u32 {
	return load<u16>(ORDER + ((<usize>index) << 1));
}

/** Collects the used symbols, ascending by frequency, equal ones by symbol. */
function sortUsed(frequencies: usize, symbols: i32): i32 {
	let used = 0;
	for (let symbol = 0; symbol < symbols; symbol++) {
		const frequency = load<u32>(frequencies + ((<usize>symbol) << 2));
		if (frequency == 0) continue;
		setKey(used, frequency);
		store<u16>(ORDER + ((<usize>used) << 1), symbol);
		used++;
	}
	// The gaps keep this stable enough to be a pure function of the input, which is all we need.
	for (
		let gap = used > 64 ? 40 : used > 8 ? 4 : 1;
		gap > 0;
		gap = gap == 40 ? 13 : gap == 13 ? 4 : gap == 4 ? 1 : 0
	) {
		for (let i = gap; i < used; i++) {
			const frequency = key(i);
			const symbol = symbolAt(i);
			let hole = i;
			for (; hole >= gap && key(hole - gap) > frequency; hole -= gap) {
				setKey(hole, key(hole - gap));
				store<u16>(ORDER + ((<usize>hole) << 1), symbolAt(hole - gap));
			}
			setKey(hole, frequency);
			store<u16>(ORDER + ((<usize>hole) << 1), symbol);
		}
	}
	return used;
}

/** Turns the sorted frequencies into parent links, then into depths of inner nodes. */
function buildTree(used: i32): void {
	setKey(0, key(0) + key(1));
	let root = 0;
	let leaf = 2;
	for (let next = 1; next < used - 1; next++) {
		let sum: u32;
		if (leaf >= used || key(root) < key(leaf)) {
			sum = key(root);
			setKey(root++, next);
		} else sum = key(leaf++);
		if (leaf >= used || (root < next && key(root) < key(leaf))) {
			sum += key(root);
			setKey(root++, next);
		} else sum += key(leaf++);
		setKey(next, sum);
	}
	setKey(used - 2, 0);
	for (let next = used - 3; next >= 0; next--) setKey(next, key(key(next)) + 1);
}

/** Counts leaves per depth; depths over `longest` count as `longest`. */
function countDepths(used: i32, longest: i32): void {
	memory.fill(COUNTS, 0, 32 * 4);
	let free = 1;
	let depth = 0;
	let root = used - 2;
	while (free > 0) {
		let inner = 0;
		for (; root >= 0 && <i32>key(root) == depth; root--) inner++;
		const slot = COUNTS + ((<usize>min(depth, longest)) << 2);
		store<u32>(slot, load<u32>(slot) + free - inner);
		free = 2 * inner;
		depth++;
	}
}

/** Lengthens codes until the code space suffices (Kraft's sum is at most 1). */
function repairCounts(longest: i32): void {
	let space: i32 = 0;
	for (let depth = 1; depth <= longest; depth++) {
		space += load<u32>(COUNTS + ((<usize>depth) << 2)) << (longest - depth);
	}
	for (; space > 1 << longest; space--) {
		const last = COUNTS + ((<usize>longest) << 2);
		store<u32>(last, load<u32>(last) - 1);
		let slot = last - 4;
		while (load<u32>(slot) == 0) slot -= 4;
		store<u32>(slot, load<u32>(slot) - 1);
		store<u32>(slot, load<u32>(slot, 4) + 2, 4);
	}
}

/**
 * Writes one length (u8, 0 for unused symbols) per symbol.
 * @returns number of used symbols; a single one gets length 1.
 */
export function prefixCodeLengths(frequencies: usize, symbols: i32, longest: i32, lengths: usize): i32 {
	memory.fill(lengths, 0, symbols);
	const used = sortUsed(frequencies, symbols);
	if (used == 0) return 0;
	if (used == 1) {
		store<u8>(lengths + symbolAt(0), 1);
		return 1;
	}
	buildTree(used);
	countDepths(used, longest);
	repairCounts(longest);
	let index = used;
	for (let depth = 1; depth <= longest; depth++) {
		for (let left = load<u32>(COUNTS + ((<usize>depth) << 2)); left > 0; left--) {
			store<u8>(lengths + symbolAt(--index), depth);
		}
	}
	return used;
}
