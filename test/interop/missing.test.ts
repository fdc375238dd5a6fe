import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { has, NEEDS } from "../support/needs.js";

// What this machine lacks, a skipped test for each kind of program, and the test files that have fewer tests for it.

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

/** Programs of one kind, which are reported together. */
const KINDS: readonly (readonly string[])[] = [
	["lz4", "xz", "zstd"],
	["squashfs-tools", "squashfs-tools-ng"],
	["rpmbuild", "sqlite3", "db5.3_load"],
	["bazel", "nix"],
];
const alone = [...missing.keys()].filter((need) => !KINDS.flat().includes(need)).map((need) => [need]);
for (const kind of [...alone, ...KINDS]) {
	const lacking = kind.filter((need) => missing.has(need));
	if (lacking.length === 0) continue;
	const paths = new Set(lacking.flatMap((need) => [...missing.get(need)!]));
	const title = `${lacking.join(", ")} ${lacking.length === 1 ? "is" : "are"} missing, for tests in`;
	test.skipIf(true)(`${title} ${[...paths].join(", ")}`, () => undefined);
}

test("at most 25 tests say what a machine with nothing but Node and git lacks", () => {
	const everywhere = ["Linux", "IPv6", "setpriv", "dpkg-query", "gzip", "a plain user"];
	// Of a test that needs several things only the first one is reported, and those of a kind together.
	const first = calls.flatMap(({ needs }) => needs.find((need) => !everywhere.includes(need)) ?? []);
	const reports = new Set(first.map((need) => KINDS.find((kind) => kind.includes(need))?.[0] ?? need));
	expect(reports.size).toBeLessThanOrEqual(25);
});
