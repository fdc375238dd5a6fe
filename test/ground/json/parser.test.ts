import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type JsonError, JsonNumber, parseJson, plainJson } from "../../../src/ground/json/index.js";

function refusal(text: string | Uint8Array): string {
	try {
		parseJson(text, "a.json");
	} catch (error) {
		expect((error as JsonError).code).toBe("ERR_JSON_SYNTAX");
		return (error as Error).message;
	}
	throw new Error(`accepted ${text}`);
}

describe("what is refused says where", () => {
	test.each([
		["", "line 1, column 1: expected a value, got the end of the text"],
		[
			"\ufeff{}",
			"line 1, column 1: expected a value, got a byte order mark (save the file as UTF-8 without it)",
		],
		["{", "line 1, column 2: expected a member name in quotes, got the end of the text"],
		['{"a":1,}', 'line 1, column 8: expected a member name in quotes, got "}"'],
		['{"a" 1}', 'line 1, column 6: expected ":", got "1"'],
		['{"a":1 "b":2}', 'line 1, column 8: expected "," or "}", got "\\""'],
		["[1,]", 'line 1, column 4: expected a value, got "]"'],
		["[1 2]", 'line 1, column 4: expected "," or "]", got "2"'],
		["[1,\n  tru]", 'line 2, column 3: expected a value, got "t"'],
		['{\n "ü😀": x}', 'line 2, column 8: expected a value, got "x"'],
		["{} {}", 'line 1, column 4: expected the end of the text, got "{"'],
		['"a', "line 1, column 3: expected a closing quote, got the end of the text"],
		['"a\nb"', 'line 1, column 3: expected an escaped character, got "\\n"'],
		['"\\x"', 'line 1, column 3: expected a known escape, got "x"'],
		['"\\u12g4"', 'line 1, column 4: expected four hexadecimal digits, got "1"'],
		["01", 'line 1, column 2: expected a number, got "1"'],
		["-", "line 1, column 1: expected a number"],
		["+1", "expected a value"],
		[".5", "expected a value"],
		["1.", 'line 1, column 2: expected the end of the text, got "."'],
		["1e", "expected the end of the text"],
		["NaN", "expected a value"],
		["'a'", "expected a value"],
		["// c\n1", "expected a value"],
		["\u00a01", "expected a value"],
		["\ufeff{}", "line 1, column 1: expected a value"],
	])("%j", (text, message) => {
		expect(refusal(text)).toContain(message);
		expect(refusal(Buffer.from(text))).toMatch(/^a\.json: parse JSON: /);
	});

	test("bytes that are not UTF-8", () => {
		expect(refusal(Uint8Array.of(0x22, 0xff, 0x22))).toContain("not UTF-8");
	});

	test("nesting beyond 512 levels", () => {
		expect(parseJson("[".repeat(512) + "]".repeat(512), "a")).toBeInstanceOf(Array);
		expect(refusal("[".repeat(100_000))).toContain("at most 512 levels");
		expect(refusal('{"a":'.repeat(513))).toContain("at most 512 levels");
	});
});

test("nothing is lost: number literals, member order, nulls, odd names", () => {
	const value = parseJson('{"b":1.50,"a":[null,1e400,-0],"__proto__":{},"constructor":true}', "a") as Map<
		string,
		never
	>;
	expect([...value.keys()]).toEqual(["b", "a", "__proto__", "constructor"]);
	expect(value.get("b")).toEqual(new JsonNumber("1.50"));
	expect(value.get("a")).toEqual([null, new JsonNumber("1e400"), new JsonNumber("-0")]);
});

test("the last of two members with one name wins", () => {
	expect(plainJson(parseJson('{"a":1,"a":2}', "a"))).toEqual({ a: 2 });
});

test.each([
	['"\\ud800"', "\ufffd"],
	['"\\udc00x"', "\ufffdx"],
	['"\\ud83d\\ude00"', "😀"],
	['"\\ud83d\\u0041"', "\ufffdA"],
	['"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9"', '"\\/\b\f\n\r\té'],
])("string %s", (text, expected) => {
	expect(parseJson(text, "a")).toBe(expected);
});

test("agrees with JSON.parse on every value it prints", () => {
	fc.assert(
		fc.property(fc.jsonValue(), fc.constantFrom("", " ", "\t", "\r\n"), (value, indent) => {
			const text = JSON.stringify(value, null, indent);
			expect(JSON.stringify(plainJson(parseJson(text, "a")))).toBe(JSON.stringify(JSON.parse(text)));
		}),
	);
});

test("accepts and refuses what JSON.parse does, on damaged text", () => {
	const damaged = fc
		.tuple(fc.jsonValue(), fc.nat(), fc.constantFrom("", '"', "\\", "{", "]", ",", ":", "0", "-", "e", "\n"))
		.map(([value, at, text]) => {
			const whole = JSON.stringify(value);
			const cut = at % (whole.length + 1);
			return whole.slice(0, cut) + text + whole.slice(cut + 1);
		});
	const works = (parse: () => unknown): boolean => {
		try {
			parse();
			return true;
		} catch {
			return false;
		}
	};
	fc.assert(
		fc.property(damaged, (text) => {
			expect(works(() => parseJson(text, "a"))).toBe(works(() => JSON.parse(text)));
		}),
		{ numRuns: 2000 },
	);
});

test("a member that is there twice is refused where every one may be there once, at any depth", () => {
	const text = '{"a":{"b":1,"\\u0062":2}}';
	expect(plainJson(parseJson(text, "a.json"))).toEqual({ a: { b: 2 } });
	expect(() => parseJson(text, "a.json", { uniqueMembers: true })).toThrow('every member once, got "b"');
});
