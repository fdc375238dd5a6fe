import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeCanonicalJson, JsonNumber, parseJson } from "../../../src/ground/json/index.js";

const canonical = (text: string): string => encodeCanonicalJson(parseJson(text, "test"));

// docs/formats/pvr.md#canonical-json
test.each([
	["1.0", "1"],
	["0.1", "1.0E-1"],
	["1.5", "1.5E0"],
	["0.015", "1.5E-2"],
	["12.5", "1.25E1"],
	["123.456", "1.23456E2"],
	["1E+3", "1000"],
	["0.05e1", "5.0E-1"],
	["-0.0", "0"],
	["12345678901234567890.5", "1.23456789012345678905E19"],
	["-0", "0"],
	["0e5", "0"],
	["0e999999999999999999999", "0"],
	["1e21", `1${"0".repeat(21)}`],
	["1.5e3", "1500"],
	["120e-1", "12"],
	["-1.50", "-1.5E0"],
	["100", "100"],
	["1e-7", "1.0E-7"],
	["9007199254740993", "9007199254740993"],
	["1e-999999999", "1.0E-999999999"],
])("number %s is %s", (text, expected) => {
	expect(canonical(text)).toBe(expected);
});

test.each(["1e10001", "1e999999999999", `1e${"9".repeat(400)}`, `1e-${"9".repeat(400)}`])(
	"number %s is refused",
	(text) => {
		expect(() => canonical(text)).toThrowError(expect.objectContaining({ code: "ERR_JSON_NUMBER" }));
	},
);

test("a number that is none is a misuse", () => {
	expect(() => encodeCanonicalJson(new JsonNumber(Number.NaN))).toThrow(TypeError);
});

test("strings: short escapes, upper-case hex, everything else as it is", () => {
	expect(encodeCanonicalJson('\b\t\n\f\r\x1b"\\/<>&\x7f\u2028é😀')).toBe(
		'"\\b\\t\\n\\f\\r\\u001B\\"\\\\/<>&\x7f\u2028é😀"',
	);
});

test("members are sorted by code point, astral characters last", () => {
	expect(canonical('{"b":1, "a":{"😀":[ ],"\uffff":{ },"#":null}, "":true}')).toBe(
		'{"":true,"a":{"#":null,"\uffff":{},"😀":[]},"b":1}',
	);
	fc.assert(
		fc.property(fc.uniqueArray(fc.string({ unit: "binary" }), { maxLength: 8 }), (names) => {
			const text = encodeCanonicalJson(new Map(names.map((name) => [name, null])));
			const byBytes = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
			expect([...(parseJson(text, "test") as Map<string, null>).keys()]).toEqual(byBytes);
		}),
	);
});

test("canonical text is a fixed point and keeps the value", () => {
	fc.assert(
		fc.property(fc.jsonValue(), (value) => {
			const text = canonical(JSON.stringify(value));
			expect(canonical(text)).toBe(text);
			expect(JSON.parse(text)).toEqual(
				JSON.parse(JSON.stringify(value), (_, v) => (Object.is(v, -0) ? 0 : v)),
			);
		}),
	);
});

test("one value, one spelling", () => {
	const spelled = fc.tuple(fc.bigInt(-(10n ** 30n), 10n ** 30n), fc.nat(40), fc.nat(20));
	fc.assert(
		fc.property(spelled, ([integer, scale, zeros]) => {
			const plain = canonical(`${integer}e-${scale}`);
			// JSON has no number that begins with two noughts, so zero is not lengthened.
			const lengthened = integer === 0n ? "0" : `${integer}${"0".repeat(zeros)}`;
			expect(canonical(`${lengthened}E-${scale + zeros}`)).toBe(plain);
			expect(canonical(`${integer}.0${"0".repeat(zeros)}e-${scale}`)).toBe(plain);
			const [, digits, fraction = "", exponent = "0"] = /^(-?\d+)(?:\.(\d+)E(-?\d+))?$/.exec(plain)!;
			const power = BigInt(scale) + BigInt(exponent) - BigInt(fraction.length);
			const [left, right] = power < 0n ? [integer, 10n ** -power] : [integer, 1n];
			expect(BigInt(digits! + fraction) * (power < 0n ? 1n : 10n ** power)).toBe(left * right);
		}),
	);
});
