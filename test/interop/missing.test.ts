import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { has, NEEDS } from "../support/needs.js";

// What this machine lacks, a skipped test each, and the test files that have fewer tests for it.

const SOURCES = readdirSync("test", { recursive: true, encoding: "utf8" })
	.filter((path) => path.endsWith(".test.ts"))
	.sort();

/** The needs that a test file names, a list for each call of needs(). */
function callsIn(path: string): string[][] {
	const text = readFileSync(`test/${path}`, "utf8");
	const calls = text.matchAll(/\bneeds\(([^)]*)\)(?:\s*\.(?:describe|test)\b|\s:)/g);
	return [...calls].map(([, words]) => [...words!.matchAll(/"([^"]+)"/g)].map(([, need]) => need!));
}

const calls = SOURCES.flatMap((path) => callsIn(path).map((needs) => ({ path, needs })));

test("every need is one of a test", () => {
	expect(new Set(calls.flatMap(({ needs }) => needs))).toEqual(new Set(NEEDS));
});

const missing = new Map<string, Set<string>>();
for (const { path, needs } of calls) {
	const first = needs.find((need) => !has(need));
	if (first === undefined) continue;
	missing.set(first, (missing.get(first) ?? new Set()).add(path.replace(/\.test\.ts$/, "")));
}
for (const [need, paths] of missing) {
	test.skipIf(true)(`${need} is missing, for tests in ${[...paths].join(", ")}`, () => undefined);
}
