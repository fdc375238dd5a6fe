/** The three offsets that sequences may repeat (RFC 8878, section 3.1.1.5). */

let rep1: u32 = 1;
let rep2: u32 = 4;
let rep3: u32 = 8;

export function setOffsets(first: u32, second: u32, third: u32): void {
	rep1 = first;
	rep2 = second;
	rep3 = third;
}

export function repeatedOffset(which: u32): u32 {
	return which == 1 ? rep1 : which == 2 ? rep2 : rep3;
}

/** The value that names `distance`, after `run` literals; keeps the offsets. */
export function nameOffset(distance: u32, run: u32): u32 {
	const fresh = u32(run == 0);
	let value = distance + 3;
	if (distance == rep1 && !fresh) return 1;
	if (distance == rep2) value = 2 - fresh;
	else {
		if (distance == rep3) value = 3 - fresh;
		else if (fresh && distance == rep1 - 1) value = 3;
		rep3 = rep2;
	}
	rep2 = rep1;
	rep1 = distance;
	return value;
}
