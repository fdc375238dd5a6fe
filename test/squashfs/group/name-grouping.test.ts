import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { utf8ByteString } from "../../../src/ground/bytes/index.js";
import type { TailGroups } from "../../../src/squashfs/group/fragment-grouping.js";
import { groupByName } from "../../../src/squashfs/group/name-grouping.js";

const BLOCK = 16_384;

function group(tails: readonly (readonly [name: string, size: number])[]): TailGroups {
	return groupByName(
		tails.map(([name]) => utf8ByteString(name)),
		tails.map(([, size]) => size),
		BLOCK,
	);
}

/** Names of the tails in the order in which they lie in the image. */
function order(...names: readonly string[]): readonly string[] {
	const groups = group(names.map((name) => [name, 1]));
	return groups.flat().map((tail) => names[tail]!);
}

describe("groups by name", () => {
	test("hold every tail once, and fit into a block", () => {
		const names = fc.oneof(fc.string(), fc.constantFrom("a.mo", "b.mo", "copyright", "libc.so.6"));
		fc.assert(
			fc.property(
				fc.array(fc.tuple(names, fc.integer({ min: 1, max: BLOCK })), { maxLength: 60 }),
				(tails) => {
					const groups = group(tails);
					expect(groups.flat().toSorted((a, b) => a - b)).toEqual(tails.map((_, i) => i));
					for (const places of groups) {
						const bytes = places.reduce((sum, tail) => sum + tails[tail]![1], 0);
						expect([places.length > 0, bytes <= BLOCK]).toEqual([true, true]);
					}
				},
			),
		);
	});

	test("have files of one kind and one name together, in the order in which they are met", () => {
		expect(order("de.mo", "x", "fr.mo", "y", "de.mo", "x")).toEqual([
			"de.mo",
			"de.mo",
			"fr.mo",
			"x",
			"x",
			"y",
		]);
	});

	test.each([
		["libc.so.6", "libz.so.1.2-13"],
		["a.tar.gz", "b.gz"],
		["README", "copyright-1.0"],
		[".profile", "2024.10"],
	])("count %s and %s as of one kind", (a, b) => {
		expect(order(a, "between.c", b)).toEqual([a, b, "between.c"]);
	});

	test.each([
		["a.c", "a.h"],
		["a.C", "a.c"],
		["gz", "a.gz"],
	])("count %s and %s as of two kinds", (a, b) => {
		expect(order(a, b, a)).toEqual([a, a, b]);
	});

	test("change little when one tail grows", () => {
		const tails = Array.from({ length: 2000 }, (_, i) => [`${i}.c`, 500 + ((i * 97) % 4000)] as const);
		const grown = tails.with(1000, ["1000.c", 9000]);
		const before = new Set(group(tails).map((places) => places.join()));
		const after = group(grown).map((places) => places.join());
		expect(after.filter((key) => !before.has(key)).length).toBeLessThan(after.length / 8);
	});
});
