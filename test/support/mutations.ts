/** Numbers that are the same for the same seed (mulberry32). */
export class Random {
	#state: number;

	constructor(seed: number) {
		this.#state = seed >>> 0;
	}

	/** 0..limit-1. */
	below(limit: number): number {
		this.#state = (this.#state + 0x6d2b79f5) >>> 0;
		let value = this.#state;
		value = Math.imul(value ^ (value >>> 15), value | 1);
		value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
		return ((value ^ (value >>> 14)) >>> 0) % limit;
	}

	pick<T>(items: readonly T[]): T {
		return items[this.below(items.length)]!;
	}
}

/** What parsers stumble over: ends, signs, sizes, encodings. */
const TOKENS = [
	...[
		"",
		"\0",
		"\n",
		"\n\n",
		"\r\n",
		" ",
		"\t",
		":",
		": ",
		"{",
		"[",
		'"',
		"\\",
		",",
		"|",
		"=>\t",
		"dep\t",
		"/",
		"..",
	],
	...[
		"\xff",
		"\xff\xff\xff\xff",
		"\x7f\xff\xff\xff",
		"\x80\0\0\0",
		"\0\0\0\0",
		"\xed\xa0\x80",
		"a".repeat(5000),
	],
].map((text) => Buffer.from(text, "latin1"));

/** A few changes of a file: bits, bytes, cuts, copies, numbers at their limits. */
export function mutate(file: Buffer, random: Random): Buffer {
	let bytes = Buffer.from(file);
	for (let left = 1 + random.below(4); left > 0; left--) bytes = Buffer.from(change(bytes, random));
	return bytes;
}

function change(bytes: Buffer, random: Random): Buffer {
	const at = random.below(bytes.length + 1);
	const end = Math.min(bytes.length, at + random.below(64));
	switch (random.below(7)) {
		case 0:
			return bytes.subarray(0, at);
		case 1:
			return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
		case 2:
			return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
		case 3:
			return Buffer.concat([bytes.subarray(0, at), random.pick(TOKENS), bytes.subarray(at)]);
		case 4:
			return Buffer.concat([bytes.subarray(0, at), random.pick(TOKENS), bytes.subarray(end)]);
		case 5:
			if (at < bytes.length) bytes[at]! ^= 1 << random.below(8);
			return bytes;
		default:
			if (at < bytes.length) bytes[at] = random.below(256);
			return bytes;
	}
}
