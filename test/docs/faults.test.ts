import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

/** How many kinds of faults each group of the page has. */
const KINDS = [10, 9, 4, 16, 6, 5, 4, 5, 16];

interface Row {
	readonly name: string;
	readonly weight: string;
	readonly tests: readonly string[];
}

const rows: Row[] = [
	...readFileSync("test/FAULTS.md", "utf8").matchAll(
		/^\| (\d+\.\d+)(?: ¹)? \| ([ABC]) \| [^|]+ \| ([^|]+) \|$/gm,
	),
].map(([, name = "", weight = "", tests = ""]) => ({
	name,
	weight,
	tests: [...tests.matchAll(/\]\(([^)]+)\)/g)].map(([, path]) => path!),
}));

test("FAULTS.md has a row for every kind of fault", () => {
	const expected = KINDS.flatMap((count, group) =>
		Array.from({ length: count }, (_, at) => `${group + 1}.${at + 1}`),
	);
	expect(rows.map(({ name }) => name)).toEqual(expected);
});

test.each(rows)("the tests that hold $name are there", ({ tests }) => {
	expect(tests.length).toBeGreaterThan(0);
	expect(tests.filter((path) => !existsSync(join("test", path)))).toEqual([]);
});

test("what is worse than small is asked of the command line, or of other programs", () => {
	const inside = rows
		.filter(
			({ weight, tests }) => weight !== "C" && !tests.some((path) => /^(cli|interop|docs)\//.test(path)),
		)
		.map(({ name }) => name);
	expect(inside).toEqual([]);
});
