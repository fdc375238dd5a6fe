import fc from "fast-check";
import { expect, test } from "vitest";
import { EqualRuns, fillGaps, type Run } from "../../../src/compare/report/equal-runs.js";

const SIZE = 60;
const anyRun = fc.record({
	at: fc.nat(SIZE - 1),
	position: fc.nat(SIZE),
	length: fc.integer({ min: 1, max: 12 }),
});

/** For each byte of the new content the byte of the old one that it is copied from. */
function bytesOf(runs: readonly Run[]): Map<number, number> {
	const bytes = new Map<number, number>();
	for (const { at, position, length } of runs) {
		for (let i = 0; i < length; i++) bytes.set(at + i, position + i);
	}
	return bytes;
}

function collect(runs: readonly Run[]): Run[] {
	const collected = new EqualRuns();
	for (const { at, position, length } of runs) collected.add(position, at, length);
	return collected.sorted();
}

function expectInOrder(runs: readonly Run[]): void {
	for (const [i, { at, length }] of runs.entries()) {
		expect(length).toBeGreaterThan(0);
		if (i > 0) expect(at).toBeGreaterThanOrEqual(runs[i - 1]!.at + runs[i - 1]!.length);
	}
}

test("runs that follow each other in both contents are one", () => {
	const parts = [
		{ at: 10, position: 110, length: 5 },
		{ at: 0, position: 100, length: 10 },
		{ at: 15, position: 300, length: 5 },
	];
	expect(collect(parts)).toEqual([
		{ at: 0, position: 100, length: 15 },
		{ at: 15, position: 300, length: 5 },
	]);
});

test("runs come in order, each new byte once, and from where one of them has it", () => {
	fc.assert(
		fc.property(fc.array(anyRun), (parts) => {
			const runs = collect(parts);
			expectInOrder(runs);
			expect([...bytesOf(runs).keys()]).toEqual([...bytesOf(parts).keys()].sort((a, b) => a - b));
			for (const [at, position] of bytesOf(runs)) {
				const isOfOne = parts.some(
					(part) => at >= part.at && at < part.at + part.length && position - at === part.position - part.at,
				);
				expect(isOfOne).toBe(true);
			}
		}),
	);
});

test("other runs fill the gaps, and take nothing from those that are known", () => {
	fc.assert(
		fc.property(fc.array(anyRun), fc.array(anyRun), (first, second) => {
			const [known, others] = [collect(first), collect(second)];
			const filled = fillGaps(known, others);
			expectInOrder(filled);
			const expected = new Map([...bytesOf(others), ...bytesOf(known)]);
			expect(bytesOf(filled)).toEqual(new Map([...expected].sort(([a], [b]) => a - b)));
		}),
	);
});
