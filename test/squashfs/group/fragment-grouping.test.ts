import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sampleHere } from "../../../src/codec/stretch.js";
import { bufferContent } from "../../../src/ground/bytes/index.js";
import {
	groupInOrder,
	groupSimilar,
	type TailGroups,
} from "../../../src/squashfs/group/fragment-grouping.js";
import { samplingLimit, splitSamples, TailSamples } from "../../../src/squashfs/group/tail-sample.js";

const BLOCK = 16_384;

/** Bytes without order. */
function noise(length: number, seed: number): Uint8Array {
	let state = Math.imul(seed + 1, 0x9e3779b1);
	return Uint8Array.from({ length }, () => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return state >>> 24;
	});
}

/** Text of words that are the family's own, in an order that is the member's own. */
function relative(family: number, member: number, length: number): Uint8Array {
	const words = Array.from({ length: 50 }, (_, i) =>
		Buffer.from(noise(9, family * 1000 + i)).toString("hex"),
	);
	let text = "";
	for (let i = member; text.length < length; i = Math.imul(i + 1, 48_271) >>> 3) text += words[i % 50];
	return Buffer.from(text.slice(0, length));
}

function sampleAll(bodies: readonly Uint8Array[]): TailSamples {
	return new TailSamples(encodedSamples(bodies));
}

function encodedSamples(bodies: readonly Uint8Array[]): Buffer[] {
	const limit = samplingLimit(
		bodies.map(({ length: size }) => ({ size })),
		32,
	);
	return bodies.map((body) =>
		sampleHere({ content: bufferContent(body), position: 0, size: body.length }, limit),
	);
}

const bodies = fc.array(
	fc.oneof(
		fc
			.tuple(fc.nat(5), fc.nat(1000), fc.integer({ min: 1, max: BLOCK - 1 }))
			.map((args) => relative(...args)),
		fc.tuple(fc.integer({ min: 1, max: BLOCK - 1 }), fc.nat(1000)).map((args) => noise(...args)),
		fc.integer({ min: 1, max: BLOCK - 1 }).map((length) => new Uint8Array(length)),
	),
	{ maxLength: 40 },
);

function expectSound(groups: TailGroups, sizes: readonly number[]): void {
	expect(groups.flat().sort((a, b) => a - b)).toEqual(sizes.map((_, i) => i));
	for (const group of groups) {
		expect(group.length).toBeGreaterThan(0);
		expect(group.reduce((sum, tail) => sum + sizes[tail]!, 0)).toBeLessThanOrEqual(BLOCK);
	}
}

describe("groups of tails", () => {
	test("hold every tail once, and fit into a block", () => {
		fc.assert(
			fc.property(bodies, (list) => {
				const sizes = list.map(({ length }) => length);
				expectSound(groupInOrder(sizes, BLOCK), sizes);
				expectSound(groupSimilar(sampleAll(list), BLOCK), sizes);
			}),
			{ numRuns: 60 },
		);
	});

	test("are the same whenever they are made", () => {
		fc.assert(
			fc.property(bodies, (list) => {
				const first = groupSimilar(sampleAll(list), BLOCK);
				groupSimilar(sampleAll(list.toReversed()), BLOCK);
				expect(groupSimilar(sampleAll(list), BLOCK)).toEqual(first);
			}),
			{ numRuns: 20 },
		);
	});

	test("join the same tails in whatever order the tails come", () => {
		const list = Array.from({ length: 60 }, (_, i) => relative(i % 6, i, 1500 + 37 * i));
		const together = (order: readonly number[]): string[] => {
			const groups = groupSimilar(sampleAll(order.map((i) => list[i]!)), BLOCK);
			return groups
				.map((group) => group.map((place) => order[place]! % 6))
				.map((families) => [...new Set(families)].sort().join())
				.filter((families) => families.length === 1)
				.sort();
		};
		const inOrder = list.map((_, i) => i);
		const expected = together(inOrder);
		fc.assert(
			fc.property(fc.shuffledSubarray(inOrder, { minLength: 60 }), (order) => {
				expect(together(order)).toEqual(expected);
			}),
			{ numRuns: 20 },
		);
	});

	test("keep relatives together that lie far apart", () => {
		const list = Array.from({ length: 40 }, (_, i) => relative(i % 10, i, 4000));
		for (const group of groupSimilar(sampleAll(list), BLOCK)) {
			expect(new Set(group.map((tail) => tail % 10)).size).toBe(1);
		}
	});

	test("keep compressed tails apart, behind all others", () => {
		const list = Array.from({ length: 30 }, (_, i) => (i % 2 === 0 ? noise(3000, i) : relative(i, i, 3000)));
		const places = groupSimilar(sampleAll(list), BLOCK);
		const groups = places.map((group) => group.map((tail) => tail % 2));
		expect(groups.every((group) => new Set(group).size === 1)).toBe(true);
		expect(groups.map(([kind]) => kind)).toEqual(groups.map(([kind]) => kind).toSorted((a, b) => b! - a!));
	});

	test("change little when one tail changes", () => {
		const list = Array.from({ length: 400 }, (_, i) => relative(i % 40, i, 500 + ((i * 97) % 4000)));
		const changed = list.with(200, noise(2345, 1));
		const keys = (groups: TailGroups): string[] => groups.map((group) => group.join());
		const before = new Set(keys(groupSimilar(sampleAll(list), BLOCK)));
		const after = keys(groupSimilar(sampleAll(changed), BLOCK));
		expect(after.filter((key) => !before.has(key)).length).toBeLessThan(after.length / 8);
	});

	test("in tree order follow each other, each block filled until the next does not fit", () => {
		expect(groupInOrder([6000, 6000, 6000, 1, 16_384, 2], BLOCK)).toEqual([[0, 1], [2, 3], [4], [5]]);
	});
});

describe("a sample", () => {
	test("tells compressed data from text, and says nothing about a few bytes", () => {
		const samples = sampleAll([noise(4000, 1), relative(1, 1, 4000), noise(20, 1)]);
		expect([0, 1, 2].map((tail) => samples.isCompressed(tail))).toEqual([true, false, false]);
	});

	test("is found among others in one buffer", () => {
		const bodies = [noise(4000, 1), relative(1, 1, 4000), new Uint8Array(1)];
		const alone = encodedSamples(bodies);
		const together = [Buffer.concat(alone)];
		expect([...splitSamples(together)].map((bytes) => Buffer.from(bytes))).toEqual(alone);
		const samples = new TailSamples(together);
		expect(samples).toEqual(sampleAll(bodies));
		expect([0, 1, 2].map((tail) => samples.size(tail))).toEqual([4000, 4000, 1]);
	});

	test("has one hash in so many, fewer when there is a lot to compare", () => {
		const tail = { content: bufferContent(noise(100_000, 3)), position: 0, size: 100_000 };
		const hashes = (mebi: number, oneIn: number): number => {
			const limit = samplingLimit([{ size: mebi << 20 }], oneIn);
			return new TailSamples([sampleHere(tail, limit)]).hashCount(0);
		};
		expect(hashes(128, 32) / 100_000).toBeCloseTo(1 / 32, 2);
		expect(hashes(256, 32) / hashes(128, 32)).toBeCloseTo(1 / 2, 1);
		expect(hashes(1024, 256) / 100_000).toBeCloseTo(1 / 256, 3);
	});
});
