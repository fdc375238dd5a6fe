import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GzipEncoder, takeDeflateApart } from "../../src/codec/index.js";
import { bufferContent } from "../../src/ground/bytes/index.js";
import { noise } from "../support/inodes.js";

/** The expanded bytes; undefined where the stream is not taken apart. */
function expand(stream: Uint8Array, start = 0): Buffer | undefined {
	const taken = takeDeflateApart(bufferContent(stream), start);
	const pieces = taken?.parts.map(({ from, length }) =>
		typeof from === "number" ? stream.subarray(from, from + length) : from,
	);
	return pieces && Buffer.concat(pieces);
}

const text = Buffer.from(Array.from({ length: 4000 }, (_, i) => `line ${i * i}\n`).join(""));

describe("a stream is expanded as zlib does", () => {
	test.each([
		["stored", { level: 0 }],
		["fast", { level: 1 }],
		["small", { level: 9 }],
		["with the fixed codes", { strategy: constants.Z_FIXED }],
		["with literals alone", { strategy: constants.Z_HUFFMAN_ONLY }],
		["with distances of one", { strategy: constants.Z_RLE }],
	])("%s", (_, options) => {
		for (const bytes of [
			Buffer.alloc(0),
			Buffer.from("a"),
			Buffer.alloc(3000, "ab"),
			Buffer.alloc(600),
			text,
		]) {
			const stream = deflateRawSync(bytes, options);
			const taken = takeDeflateApart(bufferContent(Buffer.concat([stream, Buffer.alloc(9, 0xff)])), 0);
			expect(taken?.end).toBe(stream.length);
			expect(expand(stream)?.equals(bytes)).toBe(true);
		}
	});

	test("bytes that are stored are not read, those between them are expanded", () => {
		const encoder = new GzipEncoder();
		const image = Buffer.from(noise(200_000, 1));
		const pieces = [encoder.header(), encoder.deflate(text), encoder.store(image), encoder.deflate(text)];
		const member = Buffer.concat([...pieces, encoder.finish()]);
		const content = bufferContent(member);
		let read = 0;
		const counted = {
			...content,
			read: (target: Uint8Array, position: number) => {
				read += target.length;
				content.read(target, position);
			},
		};
		expect(takeDeflateApart(counted, 10)?.end).toBe(member.length - 8);
		expect(read).toBeLessThan(member.length - image.length + 40_000);
		expect(expand(member, 10)?.equals(Buffer.concat([text, image, text]))).toBe(true);
	});
});

test("what is mostly compressed, or in tiny blocks, is left to others", () => {
	expect(expand(deflateRawSync(Buffer.alloc(1 << 21)))).toBeUndefined();
	expect(
		expand(Buffer.concat([...new Array(99).fill(Buffer.from("000000ffff", "hex")), Buffer.of(3, 0)])),
	).toBe(undefined);
});

test("a damaged stream is left to others, or gives what zlib makes of it", () => {
	const streams = [{ level: 9 }, { level: 0 }, { strategy: constants.Z_FIXED }].map((options) =>
		deflateRawSync(text.subarray(0, 3000), options),
	);
	const edit = fc.tuple(fc.nat(), fc.nat(7));
	fc.assert(
		fc.property(
			fc.constantFrom(...streams),
			fc.array(edit, { minLength: 1, maxLength: 3 }),
			(stream, edits) => {
				const damaged = Buffer.from(stream);
				for (const [at, bit] of edits) damaged[at % Math.min(damaged.length, 300)]! ^= 1 << bit;
				const expanded = expand(damaged);
				if (expanded !== undefined) expect(expanded.equals(inflateRawSync(damaged))).toBe(true);
			},
		),
		{ numRuns: 3000 },
	);
});

/** A block of type 2 with the byte `a`, whose code for distances has so many symbols of one bit. */
function blockWithDistances(count: number): Buffer {
	const bits: number[] = [];
	const put = (value: number, width: number): void => {
		for (let i = 0; i < width; i++) bits.push((value >> i) & 1);
	};
	put(1, 1);
	put(2, 2);
	put(0, 5);
	put(count - 1, 5);
	// Lengths of the code for lengths, as far as that of symbol 1: it and symbol 18 have one bit.
	put(14, 4);
	for (const symbol of [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1]) {
		put(symbol === 18 || symbol === 1 ? 1 : 0, 3);
	}
	const [ONE, ZEROS] = [0, 1];
	const zeros = (length: number): void => {
		put(ZEROS, 1);
		put(length - 11, 7);
	};
	zeros(97);
	put(ONE, 1);
	zeros(138);
	zeros(20);
	for (let i = 0; i <= count; i++) put(ONE, 1);
	// The literal a, and the end.
	put(0, 1);
	put(1, 1);
	while (bits.length % 8 > 0) bits.push(0);
	const bytes = bits.flatMap((_, i) =>
		i % 8 > 0 ? [] : [bits.slice(i, i + 8).reduce((sum, bit, at) => sum | (bit << at), 0)],
	);
	return Buffer.from(bytes);
}

test("a code that gives bits two meanings is refused, as zlib refuses it", () => {
	for (const count of [1, 2]) {
		expect(inflateRawSync(blockWithDistances(count)).toString()).toBe("a");
		expect(expand(blockWithDistances(count))?.toString()).toBe("a");
	}
	for (const count of [3, 4, 30]) {
		expect(() => inflateRawSync(blockWithDistances(count))).toThrow();
		expect(expand(blockWithDistances(count))).toBeUndefined();
	}
});
