import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyDeviceGlob } from "../../../src/pantavisor/signing/device-glob.js";
import { parseGlob } from "../../../src/pantavisor/signing/glob.js";

// docs/formats/pvr.md#patterns-and-payload
describe("as pvr reads it", () => {
	test.each([
		["a/**", ["a/b", "a/b/c"], ["a", "ab/c", "b/a"]],
		["**", ["#spec", "a", "a/b/c"], []],
		["**/x", ["x", "a/x", "a/b/x"], ["ax", "x/a"]],
		["a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["a", "ab", "a/x/c"]],
		["**/**", ["a", "a/b"], []],
		["*", ["#spec", "a", ".a"], ["a/b"]],
		["a*", ["a", "ab"], ["a/b", "b"]],
		["a**b", ["ab", "axb"], ["a/b"]],
		["?", ["a", "😀"], ["", "ab", "/"]],
		["[abc]x", ["ax", "cx"], ["dx", "x"]],
		["[a-c]", ["b"], ["d"]],
		["[^a]", ["b", "!"], ["a"]],
		["[!a]", ["!", "a"], ["b"]],
		["[\\]]", ["]"], ["\\"]],
		["{a,b/c}/x", ["a/x", "b/c/x"], ["b/x"]],
		["a{,b{c,d}}", ["a", "abc", "abd"], ["ab"]],
		["\\*", ["*"], ["a"]],
		["\\{a}", ["{a}"], ["a"]],
		["web/src.json", ["web/src.json"], ["web/src_json", "web/src.json/x"]],
		["", [""], ["a"]],
	])("%s", (pattern, matching, others) => {
		const matches = parseGlob(pattern);
		expect(matching.filter((key) => !matches(key))).toEqual([]);
		expect(others.filter(matches)).toEqual([]);
	});

	test.each(["[", "[]", "[a", "[a-]", "[-a]", "{a", "{a,{b}", "a\\", `${"{a,b}".repeat(12)}`])(
		"%s is malformed",
		(pattern) => {
			expect(() => parseGlob(pattern)).toThrowError(expect.objectContaining({ code: "ERR_PATTERN" }));
		},
	);

	test("no pattern takes long", () => {
		const matches = parseGlob(`${"*a".repeat(40)}/${"**/a/".repeat(40)}b`);
		expect(matches(`${"a".repeat(5000)}/${"a/".repeat(2000)}c`)).toBe(false);
	});

	test("a key's own text matches it, escaped", () => {
		fc.assert(
			fc.property(fc.string({ unit: "binary" }), (key) => {
				const pattern = key.replace(/[\\*?[\]{},^]/g, "\\$&");
				if (!key.split("/").includes("")) expect(parseGlob(pattern)(key)).toBe(true);
			}),
		);
	});
});

// docs/formats/devices.md#the-signature-check
test.each([
	["**", [], ["#spec", "a", "a/b"]],
	["*", ["#spec"], ["a/b"]],
	["a/**", ["a", "a/b", "a/b/c"], ["ab"]],
	["a/*", ["a/b"], ["a/b/c", "a"]],
	["**/src.json", ["a/src.json"], ["src.json", "a/b/src.json"]],
	["a//**", ["a", "a/b"], ["ab"]],
	["*/**", ["a/b", "a"], []],
	["a?/**", ["ab/c"], ["a/c"]],
	["[!a]/x", ["b/x", "!/x"], ["a/x"]],
	["[]a]", ["]", "a"], ["b"]],
	["[a-]", ["a", "-"], ["b"]],
	["[a-c]x", ["bx"], ["-x", "dx"]],
	["[a", ["[a"], ["a"]],
	["?", ["a"], ["ü"]],
	["??", ["ü"], []],
])("as the device reads it: %s", (pattern, matching, others) => {
	const matches = anyDeviceGlob([pattern]);
	expect(matching.filter((key) => !matches(key))).toEqual([]);
	expect(others.filter(matches)).toEqual([]);
});
