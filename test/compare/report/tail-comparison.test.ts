import fc from "fast-check";
import { expect, test } from "vitest";
import { TailComparison } from "../../../src/compare/report/tail-comparison.js";

const bytes = fc.uint8Array({ minLength: 1, maxLength: 40 });
/** Two tails of one length, equal or not. */
const pair = fc.oneof(
	bytes.map((tail) => ({ old: tail, new: tail })),
	bytes.chain((tail) =>
		fc
			.nat(tail.length - 1)
			.map((at) => ({ old: tail, new: tail.map((byte, i) => (i === at ? byte ^ 1 : byte)) })),
	),
);

/** Deals the tails of one image out to blocks. */
function blocksOf<T>(tails: readonly T[], sizes: readonly number[]): T[][] {
	const blocks: T[][] = [];
	let at = 0;
	for (let i = 0; at < tails.length; i++) {
		const size = sizes[i % sizes.length]!;
		blocks.push(tails.slice(at, at + size));
		at += size;
	}
	return blocks;
}

test.each([
	["that wait as they are", 4096],
	["of which some do not fit, and wait as digests", 64],
	["that all wait as digests, because there is no room", 1 << 24],
])("tails in any order of any blocks, %s", (_, blockSize) => {
	const sizes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 });
	fc.assert(
		fc.property(
			fc.array(pair, { maxLength: 40 }),
			sizes,
			sizes,
			fc.infiniteStream(fc.boolean()),
			(pairs, a, b, turns) => {
				const comparison = new TailComparison<object>(blockSize);
				const sides = [
					blocksOf(
						pairs.map((each) => ({ pair: each, bytes: each.old })),
						a,
					),
					blocksOf(pairs.map((each) => ({ pair: each, bytes: each.new })).reverse(), b),
				];
				while (sides.some((blocks) => blocks.length > 0)) {
					const [first, second] = turns.next().value ? sides : sides.toReversed();
					const block = first!.shift() ?? second!.shift()!;
					// What is taken is valid only meanwhile.
					const lent = block.map((tail) => ({ pair: tail.pair, bytes: Uint8Array.from(tail.bytes) }));
					comparison.take(lent);
					for (const tail of lent) tail.bytes.fill(0xee);
				}
				for (const each of pairs) {
					expect(comparison.areEqual(each)).toBe(Buffer.compare(each.old, each.new) === 0);
				}
			},
		),
		{ numRuns: 200 },
	);
});
