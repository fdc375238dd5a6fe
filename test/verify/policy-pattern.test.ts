import { expect, test } from "vitest";
import { anyPathPattern, hostPattern } from "../../src/verify/policy-pattern.js";

const matches = (pattern: string, path: string): boolean => anyPathPattern([pattern])(path);

test.each([
	["a/b", "a/b", true],
	["a/b", "a/b/c", false],
	["a/*", "a/b", true],
	["a/*", "a/", true],
	["a/*", "a/b/c", false],
	["a/b*d", "a/bcd", true],
	["a/b*d", "a/bdc", false],
	["a/**", "a/b", true],
	["a/**", "a/b/c", true],
	["a/**", "a", false],
	["a/**/**", "a/b", true],
	["a/**/**", "a", false],
	["**", "a", true],
	["**/c", "c", true],
	["**/c", "a/b/c", true],
	["**/c", "a/b/c/d", false],
	["a/**/c", "a/c", true],
	["a/**/c", "a/b/b/c", true],
	["a/**/c/**", "a/b/c", false],
	["a/**/c/**", "a/c/c", true],
	["a/x**y", "a/x--y", true],
	["a/x**y", "a/x/y", false],
	["a.c", "abc", false],
	["a?c", "abc", false],
	["\u{1f600}*", "\u{1f600}x", true],
])("%s and %s: %s", (pattern, path, expected) => {
	expect(matches(pattern, path)).toBe(expected);
});

/** What a pattern matches, by its definition, however long that takes. */
function byDefinition(tokens: readonly string[], path: readonly string[]): boolean {
	const [token, ...rest] = tokens;
	if (token === undefined) return path.length === 0;
	if (token !== "**") return path[0] === token && byDefinition(rest, path.slice(1));
	const least = rest.length === 0 ? 1 : 0;
	return Array.from({ length: path.length + 1 }, (_, i) => i).some(
		(taken) => taken >= least && byDefinition(rest, path.slice(taken)),
	);
}

test("every pattern of five segments, with every path of four", () => {
	const words = (alphabet: readonly string[], length: number): string[][] =>
		length === 0
			? [[]]
			: words(alphabet, length - 1).flatMap((word) => alphabet.map((next) => [...word, next]));
	const lengths = (alphabet: readonly string[], most: number): string[][] =>
		Array.from({ length: most }, (_, i) => words(alphabet, i + 1)).flat();
	const paths = lengths(["a", "b"], 4);
	for (const tokens of lengths(["a", "b", "**"], 5)) {
		const pattern = anyPathPattern([tokens.join("/")]);
		const seen = paths.filter((path) => pattern(path.join("/")));
		expect([tokens, seen]).toEqual([tokens, paths.filter((path) => byDefinition(tokens, path))]);
	}
});

test("a star never stands for a host", () => {
	expect(hostPattern("registry.example/**")("registry.example/a/b")).toBe(true);
	expect(hostPattern("*/a")("registry.example/a")).toBe(false);
	expect(hostPattern("https://*/a")("https://registry.example/a")).toBe(false);
	expect(hostPattern("https://registry.example/*")("http://registry.example/a")).toBe(false);
});

test("many stars take no more steps than pattern × path", () => {
	expect(matches(`a/${"*x".repeat(2000)}`, `a/${"x".repeat(4000)}y`)).toBe(false);
	expect(matches(`${"**/x/".repeat(500)}y`, `${"x/".repeat(4000)}z`)).toBe(false);
});
