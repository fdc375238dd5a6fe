import { describe, expect, test } from "vitest";
import { parseExclude } from "../../../src/squashfs/options/exclude-pattern.js";

function matches(pattern: string, name: string, matching: "wildcards" | "regex" = "wildcards"): boolean {
	return parseExclude(pattern, matching).names[0]!(Buffer.from(name).toString("latin1"));
}

describe("shell patterns match whole names, as fnmatch has it", () => {
	test.each([
		["*", "", true],
		["*", "a", true],
		["*", ".a", false],
		[".*", ".a", true],
		["\\.*", ".a", true],
		["?", ".", false],
		["a?c", "abc", true],
		["a?c", "ac", false],
		["[a-c]x", "bx", true],
		["[!a-c]x", "bx", false],
		["[^a-c]x", "dx", true],
		["[]]", "]", true],
		["[a", "[a", true],
		["[[:digit:]_]", "7", true],
		["[[:digit:]_]", "_", true],
		["[[:digit:]_]", "d", false],
		["[[:nothing:]", ":", true],
		["[\\]a]", "]", true],
		["a\\*", "a*", true],
		["a\\*", "ab", false],
		["@(one|two)", "two", true],
		["@(one|two)", "onetwo", false],
		["?(un)zip", "zip", true],
		["?(un)zip", "unzip", true],
		["?(un)zip", "ununzip", false],
		["*(ab|c)", "ababc", true],
		["*(ab|c)", "aba", false],
		["+(ab)", "abab", true],
		["x+(ab)", "x", false],
		["!(one)", "one", false],
		["!(one)", "ones", true],
		["!(one|two).txt", "three.txt", true],
		["!(one|two).txt", "two.txt", false],
		// Some of what stands for !(a) is not "a": nothing at all, and the star takes the rest.
		["!(a)*", "a", true],
		["*.!(so|a)", "lib.so", false],
		["*.!(so|a)", "lib.so.1", true],
		["@(a", "@(a", true],
		["+(+(+(a", "+(+(+(a", true],
		["+(a@(b)", "+(ab", true],
		["a)", "a)", true],
		["a|b", "a|b", true],
		["na??ve", "naïve", true],
	])("%s and %j: %s", (pattern, name, expected) => expect(matches(pattern, name)).toBe(expected));
});

describe("expressions match anywhere, as regexec has it", () => {
	test.each([
		["hid", ".hidden", true],
		["^hid", ".hidden", false],
		["den$", ".hidden", true],
		["^$", "a", false],
		["a|b", "xbx", true],
		["^(a|b)+$", "abba", true],
		["^(a|b)+$", "abca", false],
		["^a{2}$", "aa", true],
		["^a{2}$", "aaa", false],
		["^a{2,}$", "aaaa", true],
		["^a{2,3}$", "aaaa", false],
		["^a{0,1}b$", "b", true],
		["[[:digit:]]{2}$", "file-42", true],
		["[^[:digit:]]", "42", false],
		["[\\]", "\\", true],
		["\\.so$", "libc.so", true],
		["\\.so$", "libcxso", false],
		["^()$", "", true],
		["a)", "a)", true],
		["^a.c$", "abc", true],
		["x*", "", true],
	])("%s and %j: %s", (pattern, name, expected) => expect(matches(pattern, name, "regex")).toBe(expected));

	test.each([
		["(a", '"(" without ")"'],
		["[a", '"[" without "]"'],
		["*a", 'nothing before "*"'],
		["(+)", 'nothing before "+"'],
		["a{x}", '"{" without numbers'],
		["a{3,2}", "{3,2}, at most 255"],
		["a{256}", "{256}, at most 255"],
		["a\\", "a backslash at its end"],
		["(a)\\1", '"\\1", which is not supported'],
		["a{255}{255}", "more than 10000 steps"],
	])("%s is refused", (pattern, reason) => {
		expect(() => matches(pattern, "a", "regex")).toThrow(
			expect.objectContaining({ code: "ERR_SQUASHFS_OPTION", message: expect.stringContaining(reason) }),
		);
	});
});

// The work is counted, not timed: what backtracks would take longer than the test may.
describe("no pattern of a hostile src.json holds the program", () => {
	const name = "a".repeat(250);

	test.each([
		["^(a|a)*$", "regex"],
		["^((((a*)*)*)*)*b$", "regex"],
		["^(a|aa)+b$", "regex"],
		["*a*a*a*a*a*a*a*a*a*a*b", "wildcards"],
		["+(+(+(+(a))))b", "wildcards"],
		["!(!(!(a*)b)c)d", "wildcards"],
	] as const)("%s (%s)", (pattern, matching) => {
		const budget = { left: 1e8 };
		const [compare] = parseExclude(pattern, matching, budget).names;
		for (let names = 0; names < 20; names++) compare!(`${name}${names}`);
		expect(budget.left).toBeGreaterThan(0);
	});

	test("groups that are not closed take no second look each", () => {
		expect(matches("+(".repeat(2000), "a")).toBe(false);
	});

	test.each([
		["more characters than a pattern may have", "a".repeat(4097), /at most 4096 characters, got 4097/],
		[
			"groups that are too deep",
			`${"@(".repeat(200)}a${")".repeat(200)}`,
			/groups inside each other, at most 100/,
		],
	])("%s", (_, pattern, message) => {
		expect(() => matches(pattern, "a")).toThrow(
			expect.objectContaining({ code: "ERR_SQUASHFS_OPTION", message: expect.stringMatching(message) }),
		);
	});

	test("what is more work than all patterns may be", () => {
		const [compare] = parseExclude("*a*b*c", "wildcards", { left: 500 }).names;
		expect(() => compare!(name)).toThrow(
			expect.objectContaining({ message: expect.stringMatching(/too much work for the names of the tree/) }),
		);
	});
});
