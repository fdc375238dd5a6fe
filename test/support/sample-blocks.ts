import { closeSync, openSync, readSync } from "node:fs";

/** Numbers that look random and are the same everywhere: xorshift32. */
function randomNumbers(seed: number): () => number {
	let state = seed | 1;
	return () => {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		return state >>> 0;
	};
}

/** Bytes without any structure. */
export function noise(length: number, seed: number = 1): Uint8Array {
	const next = randomNumbers(seed);
	return Uint8Array.from({ length }, () => next() >>> 24);
}

/** Noise of `bits` bits a byte: it packs to that share of its length and no further. */
export function alphabetNoise(length: number, bits: number, seed: number = 1): Uint8Array {
	return noise(length, seed).map((byte) => (byte & ((1 << bits) - 1)) + 0x30);
}

/** The same `period` bytes again and again. */
export function periodic(length: number, period: number): Uint8Array {
	const unit = noise(period, period);
	return Uint8Array.from({ length }, (_, index) => unit[index % period]!);
}

/** Words of a small vocabulary, with sentences that recur. */
export function text(length: number): Uint8Array {
	const next = randomNumbers(7);
	const words = Array.from({ length: 300 }, () =>
		Array.from({ length: 2 + (next() % 9) }, () => String.fromCharCode(97 + (next() % 26))).join(""),
	);
	let result = "";
	while (result.length < length) {
		const repeat = next() % 8 === 0 && result.length > 500;
		const start = next() % Math.max(1, result.length);
		result += repeat ? result.slice(start, start + 80) : `${words[next() % 300]}${next() % 9 ? " " : ".\n"}`;
	}
	return Buffer.from(result.slice(0, length), "latin1");
}

/** Records of 32-bit words that count, as in tables and AArch64 code. */
export function wordTable(length: number): Uint8Array {
	const next = randomNumbers(11);
	const bytes = Buffer.alloc(length);
	for (let at = 0; at + 4 <= length; at += 4) {
		bytes.writeUInt32LE((0x91000000 + (at >> 3) * 4 + (next() % 5) * 0x400000) >>> 0, at);
	}
	return bytes;
}

/** Stretches of noise, zeros, text and copies of what came before. */
export function mixture(length: number, seed: number): Uint8Array {
	const next = randomNumbers(seed);
	const bytes = new Uint8Array(length);
	const words = text(4096);
	for (let at = 0; at < length; ) {
		const run = Math.min(length - at, 1 + (next() % 3000));
		const kind = next() % 4;
		if (kind === 0) bytes.set(noise(run, next()), at);
		else if (kind === 1) bytes.set(words.subarray(0, run), at);
		else if (kind === 2 && at > 0) bytes.copyWithin(at, next() % at, Math.min(at, at + run));
		at += run;
	}
	return bytes;
}

/** Machine code: part of the program that runs this. */
export function machineCode(length: number, position: number = 24 << 20): Uint8Array {
	const file = openSync(process.execPath, "r");
	try {
		const bytes = new Uint8Array(length);
		readSync(file, bytes, 0, length, position);
		return bytes;
	} finally {
		closeSync(file);
	}
}
