import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

// What CI says of the tests, and when it fails: a gate, too.

const directory = mkdtempSync(join(tmpdir(), "pvpkg-summary-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

type Statuses = Readonly<Record<string, "passed" | "failed" | "skipped">>;

/** Writes a report of vitest of one file; null for one that could not be loaded. */
function report(name: string, tests: Statuses | null): string {
	const path = join(directory, name);
	const assertionResults = Object.entries(tests ?? {}).map(([fullName, status]) => ({ fullName, status }));
	const failed = tests === null || Object.values(tests).includes("failed");
	const results = [{ name: "/a.test.js", status: failed ? "failed" : "passed", assertionResults }];
	writeFileSync(path, JSON.stringify({ testResults: results }));
	return path;
}

function run(
	script: string,
	args: readonly string[],
	night = false,
): { status: number | null; lines: string[] } {
	const { PVPKG_LONG_TESTS: _, ...env } = process.env;
	const { status, stdout } = spawnSync(process.execPath, [`.ci/${script}.mjs`, ...args], {
		encoding: "utf8",
		env: night ? { ...env, PVPKG_LONG_TESTS: "1" } : env,
	});
	return { status, lines: stdout.trimEnd().split("\n") };
}

interface Case {
	readonly first: Statuses | null;
	readonly second?: Statuses | null;
	readonly tested: string;
	readonly checked?: string;
	readonly night?: boolean;
	readonly last: string;
	readonly status: number;
}

const FLICKER = {
	first: { a: "passed", b: "failed" },
	second: { a: "passed", b: "passed" },
	tested: "1",
} as const;

test.each<[string, Case]>([
	["all passed", { first: { a: "passed" }, tested: "0", last: "1 passed, 0 failed, 0 skipped", status: 0 }],
	["no test ran", { first: {}, tested: "0", last: "0 passed, 0 failed, 0 skipped", status: 1 }],
	[
		"the checks failed",
		{ first: { a: "passed" }, tested: "0", checked: "1", last: "1 passed, 0 failed, 0 skipped", status: 1 },
	],
	[
		"a test failed",
		{ first: { a: "passed", b: "failed" }, tested: "1", last: "1 passed, 1 failed, 0 skipped", status: 1 },
	],
	[
		"all passed, and vitest failed",
		{ first: { a: "passed" }, tested: "1", last: "1 passed, 0 failed, 0 skipped", status: 1 },
	],
	["a test passed when it ran again", { ...FLICKER, last: "2 passed, 0 failed, 0 skipped", status: 0 }],
	["the same by night", { ...FLICKER, night: true, last: "2 passed, 0 failed, 0 skipped", status: 1 }],
	[
		"a test failed again",
		{ ...FLICKER, second: { a: "passed", b: "failed" }, last: "1 passed, 1 failed, 0 skipped", status: 1 },
	],
	[
		"another test of the file failed the second time",
		{ ...FLICKER, second: { a: "failed", b: "passed" }, last: "1 passed, 1 failed, 0 skipped", status: 1 },
	],
	[
		"a file could be loaded the second time",
		{ first: null, second: { a: "passed" }, tested: "1", last: "1 passed, 0 failed, 0 skipped", status: 0 },
	],
	[
		"a file could never be loaded",
		{ first: null, second: null, tested: "1", last: "0 passed, 1 failed, 0 skipped", status: 1 },
	],
	[
		"a test was skipped that must run",
		{
			first: { a: "passed", "git is missing": "skipped" },
			tested: "0",
			last: "1 passed, 0 failed, 1 skipped",
			status: 1,
		},
	],
	[
		"a test was skipped that may be",
		{
			first: { a: "passed", "pvr is missing": "skipped" },
			tested: "0",
			last: "1 passed, 0 failed, 1 skipped",
			status: 0,
		},
	],
])("%s", (_, { first, second, tested, checked = "0", night, last, status }) => {
	const paths = [report("first.json", first), join(directory, "none.json")];
	if (second !== undefined) paths[1] = report("second.json", second);
	const seen = run("summary", [...paths, tested, checked], night);
	expect([seen.lines.at(-1), seen.status]).toEqual([last, status]);
});

test("names what passed only when it ran again", () => {
	const paths = [report("first.json", FLICKER.first), report("second.json", FLICKER.second)];
	expect(run("summary", [...paths, "1", "0"]).lines).toContain("passed only when it ran again: b");
});

test("few files that failed run again, and many do not", () => {
	const write = (count: number): string => {
		const path = join(directory, "many.json");
		const file = (i: number) => ({
			name: `/${i}.test.js`,
			status: "failed",
			assertionResults: [{ fullName: "x", status: "failed" }],
		});
		writeFileSync(path, JSON.stringify({ testResults: Array.from({ length: count }, (_, i) => file(i)) }));
		return path;
	};
	expect(run("failed-files", [write(3)]).lines).toEqual(["/0.test.js", "/1.test.js", "/2.test.js"]);
	expect(run("failed-files", [write(4)]).lines).toEqual([""]);
});
