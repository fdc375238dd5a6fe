/** Numbers below 2^32 from a seed, the same everywhere. */
export function randomNumbers(seed: number): () => number {
	let state = (seed * 2 + 1) >>> 0;
	return () => {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		state >>>= 0;
		return state;
	};
}

export function noise(length: number, seed: number): Uint8Array {
	const next = randomNumbers(seed);
	return Uint8Array.from({ length }, () => next() >>> 24);
}

/** Words of a small vocabulary, the first ones often: what documents compress like. */
export function text(length: number, seed: number): Uint8Array {
	const next = randomNumbers(seed);
	const words = Array.from({ length: 600 }, () =>
		Array.from({ length: 2 + (next() % 9) }, () => String.fromCharCode(97 + (next() % 26))).join(""),
	);
	let all = "";
	while (all.length < length) all += `${words[Math.floor((next() % 600) * ((next() % 600) / 600))]} `;
	return Buffer.from(all.slice(0, length));
}

/** Records of 16 bytes with an opcode, a near call target and counters: what programs compress like. */
export function records(length: number, seed: number): Uint8Array {
	const next = randomNumbers(seed);
	const bytes = Buffer.alloc(length + 16);
	for (let at = 0; at < length; at += 16) {
		bytes[at] = [0xe8, 0xe9, 0x48, 0x0f][next() % 4]!;
		bytes.writeInt32LE((next() % 20_000) - 10_000, at + 1);
		bytes.writeUInt32LE(at, at + 6);
		bytes[at + 10] = next() % 7;
		bytes[at + 12] = next() >>> 24;
	}
	return bytes.subarray(0, length);
}

/** Mixed content of `length` bytes: noise, text, runs, periods, and copies of earlier parts with and without faults. */
export function mixture(length: number, seed: number): Uint8Array {
	const next = randomNumbers(seed + 1000);
	const bytes = Buffer.alloc(length);
	for (let at = 0; at < length; ) {
		const size = Math.min(length - at, 1 + (next() % [20, 300, 5000, 60_000][next() % 4]!));
		const part = bytes.subarray(at, at + size);
		const kind = next() % 7;
		const back = 1 + (next() % Math.max(1, kind === 5 ? Math.min(at, 100) : at));
		if (kind === 0) part.fill(next());
		else if (kind === 1) part.set(noise(size, next()));
		else if (kind === 2) part.set(text(size, next()));
		else if (kind === 3) part.set(records(size, next()));
		else if (at < back) part.fill("period ");
		else
			for (let i = 0; i < size; i++)
				part[i] = kind === 6 && next() % 50 === 0 ? next() : bytes[at + i - back]!;
		at += size;
	}
	return bytes;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
	return Buffer.concat(parts);
}

/** Blocks of up to 128 KiB that reach the corners of compressors. */
export const BLOCK_SAMPLES: Readonly<Record<string, Uint8Array>> = {
	"one byte": Uint8Array.of(7),
	"four bytes": Buffer.from("abab"),
	"thirteen equal bytes": new Uint8Array(13).fill(1),
	"255 letters": text(255, 1),
	"256 letters": text(256, 2),
	zeros: new Uint8Array(131_072),
	"all equal, odd length": new Uint8Array(100_003).fill(0x41),
	"period 3": Uint8Array.from({ length: 131_072 }, (_, i) => i % 3),
	"period 1000": Uint8Array.from({ length: 60_000 }, (_, i) => ((i % 1000) * 31) >> 2),
	"counting words": new Uint8Array(Uint32Array.from({ length: 32_768 }, (_, i) => i).buffer),
	"two symbols": noise(50_000, 3).map((byte) => (byte > 40 ? 1 : 0)),
	noise: noise(131_072, 4),
	"short noise": noise(300, 5),
	"noise, then the same again": joined(noise(40_000, 6), noise(40_000, 6)),
	"noise between text": joined(text(50_000, 7), noise(30_000, 8), text(51_072, 7)),
	text: text(131_072, 9),
	"8 KiB of text": text(8192, 10),
	"text, block size less one": text(131_071, 11),
	records: records(131_072, 12),
	"text, then records": joined(text(65_536, 13), records(65_536, 14)),
};
