import fc from "fast-check";
import { expect, test } from "vitest";
import { joinAlike } from "../../src/codec/index.js";

interface Pair {
	readonly first: number;
	readonly second: number;
	readonly steps: number;
}

interface Model {
	readonly size: number;
	readonly hashes: readonly number[];
}

/** Every pair that is alike, by comparing each piece with all later ones. */
function likePairs(pieces: readonly Model[], mostBytes: number): readonly Pair[] {
	const owners = new Map<number, number>();
	for (const hash of pieces.flatMap(({ hashes }) => hashes)) owners.set(hash, (owners.get(hash) ?? 0) + 1);
	return pieces.flatMap((a, first) => {
		const told = new Set(a.hashes.filter((hash) => owners.get(hash)! <= 100));
		const later = pieces.flatMap((b, second): Pair[] => {
			if (second <= first || a.size + b.size > mostBytes) return [];
			const shared = b.hashes.filter((hash) => told.has(hash)).length;
			const likeness = shared / (Math.sqrt(a.hashes.length * b.hashes.length) + 4);
			return likeness < 0.05 ? [] : [{ first, second, steps: Math.floor(likeness * 4096) }];
		});
		return later.sort((x, y) => y.steps - x.steps || x.second - y.second).slice(0, 64);
	});
}

function joinByModel(pieces: readonly Model[], mostBytes: number): number[] {
	const roots = pieces.map((_, i) => i);
	const sizeOf = (root: number): number =>
		pieces.reduce((sum, { size }, i) => sum + (roots[i] === root ? size : 0), 0);
	const pairs = likePairs(pieces, mostBytes).toSorted((a, b) => b.steps - a.steps);
	for (const { first, second } of pairs) {
		const [low, high] = [roots[first]!, roots[second]!].sort((a, b) => a - b) as [number, number];
		if (low === high || sizeOf(low) + sizeOf(high) > mostBytes) continue;
		for (const [i, root] of roots.entries()) if (root === high) roots[i] = low;
	}
	return roots;
}

/** Joins pieces by their samples, as a sampler writes them. */
function join(pieces: readonly Model[]): number[] {
	const starts: number[] = [];
	const words: number[] = [];
	for (const { size, hashes } of pieces) {
		starts.push(4 * words.length);
		words.push(hashes.length, size, 0);
		for (const hash of hashes) words.push(hash);
	}
	const samples = Buffer.alloc(4 * words.length);
	for (const [i, word] of words.entries()) samples.writeUInt32LE(word, 4 * i);
	return [...joinAlike(samples, starts, MOST_BYTES)];
}

const MOST_BYTES = 1000;

/** Pieces that take their hashes from so few that most share some. */
const pieces = (most: number, hashes: number, longest: number): fc.Arbitrary<Model[]> =>
	fc.array(
		fc.record({
			size: fc.integer({ min: 1, max: MOST_BYTES }),
			hashes: fc.uniqueArray(
				fc.nat(hashes).map((n) => 1 + (Math.imul(n, 2_654_435_761) >>> 5)),
				{ maxLength: longest },
			),
		}),
		{ maxLength: most },
	);

test("pieces are joined as by comparing each with all others", () => {
	const few = pieces(12, 30, 12);
	const many = pieces(150, 200, 20);
	fc.assert(
		fc.property(fc.oneof(few, many), (models) => {
			expect(join(models)).toEqual(joinByModel(models, MOST_BYTES));
		}),
		{ numRuns: 150 },
	);
});

test("hashes that more than a hundred pieces have say nothing", () => {
	const hashes = Array.from({ length: 40 }, (_, i) => 1 + 997 * i);
	const joined = (count: number): number => new Set(join(Array(count).fill({ size: 1, hashes }))).size;
	expect([joined(100), joined(101)]).toEqual([1, 101]);
});

test("no pieces, and pieces without hashes, are joined with none", () => {
	expect(join([])).toEqual([]);
	expect(join(Array(2).fill({ size: 1, hashes: [] }))).toEqual([0, 1]);
});

test("memory grows with the hashes", () => {
	const long = Array.from({ length: 100_000 }, (_, i) => 1 + 671 * i);
	const models = [
		{ size: 10, hashes: long },
		{ size: 20, hashes: long.slice(1000) },
		{ size: 30, hashes: [5] },
	];
	expect(join(models)).toEqual([0, 0, 2]);
});
