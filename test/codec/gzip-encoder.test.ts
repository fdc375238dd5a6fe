import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GzipEncoder } from "../../src/codec/index.js";
import { noise, text } from "../support/block-samples.js";

type Stretch = readonly ["deflate" | "store", Uint8Array];

/** One member of the stretches, each handed over in pieces of `size`. */
function member(stretches: readonly Stretch[], size: number, level = 9): Buffer {
	const encoder = new GzipEncoder(level);
	const parts = [encoder.header()];
	for (const [kind, bytes] of stretches) {
		for (let at = 0; at < bytes.length; at += size) {
			parts.push(encoder[kind](bytes.subarray(at, at + size)));
		}
	}
	return Buffer.concat([...parts, encoder.finish()]);
}

const STRETCHES: readonly Stretch[] = [
	["deflate", text(700_000, 1)],
	["store", noise(200_000, 2)],
	["deflate", text(512, 3)],
	["store", noise(1, 4)],
	["store", noise(65_535, 5)],
	["deflate", noise(300_000, 6)],
];
const CONTENT = Buffer.concat(STRETCHES.map(([, bytes]) => bytes));

describe("GzipEncoder", () => {
	test("begins with pvr's ten bytes", () => {
		expect(Buffer.from(new GzipEncoder().header()).toString("hex")).toBe("1f8b08000000000000ff");
	});

	test("an empty member", () => {
		expect(member([], 1).toString("hex")).toBe("1f8b08000000000000ff03000000000000000000");
	});

	test.each([1, 4, 6, 9])("level %i gives the content back", (level) => {
		expect(gunzipSync(member(STRETCHES, 100_000, level)).equals(CONTENT)).toBe(true);
	});

	test("bytes do not depend on how the content is cut", () => {
		const whole = member(STRETCHES, Number.MAX_SAFE_INTEGER);
		for (const size of [997, 65_535, 65_536, 262_144])
			expect(member(STRETCHES, size).equals(whole)).toBe(true);
	});

	test("stored bytes cost five bytes per 65,535", () => {
		expect(member([["store", noise(655_350, 1)]], 1 << 20).length).toBe(10 + 655_350 + 50 + 10);
	});

	test("matches reach over the pieces that deflate works on", () => {
		const once = noise(20_000, 9);
		const far = Buffer.concat([text(250_000, 1), once, once]);
		const near = Buffer.concat([text(250_000, 1), once]);
		const size = (bytes: Uint8Array): number => member([["deflate", bytes]], 1 << 20).length;
		expect(size(far) - size(near)).toBeLessThan(1000);
	});

	test("any stretches give their content back", () => {
		const kind = fc.constantFrom("deflate" as const, "store" as const);
		const stretch = fc.tuple(kind, fc.uint8Array({ maxLength: 500 }));
		fc.assert(
			fc.property(fc.array(stretch, { maxLength: 8 }), fc.integer({ min: 1, max: 300 }), (list, size) => {
				const content = Buffer.concat(list.map(([, bytes]) => bytes));
				expect(gunzipSync(member(list, size)).equals(content)).toBe(true);
			}),
			{ numRuns: 60 },
		);
	});

	test("refuses a level that does not exist", () => {
		expect(() => new GzipEncoder(0)).toThrow(RangeError);
	});
});
