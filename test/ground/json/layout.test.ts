import fc from "fast-check";
import { expect, test } from "vitest";
import {
	encodeCompactJson,
	encodeIndentedJson,
	jsonObject,
	jsonValue,
	parseJson,
	plainJson,
	sortJson,
} from "../../../src/ground/json/index.js";

// docs/formats/pvr.md#layout-of-srcjson
test("src.json's layout: one space before every line, one per level", () => {
	const value = parseJson(
		'{"#spec":"s","args":{"LIST":[],"M":{},"PV_GROUP":"app","N":[1.50,"x"]},"docker_name":"demo"}',
		"t",
	);
	expect(encodeIndentedJson(value, " ", " ")).toBe(
		[
			"{",
			'  "#spec": "s",',
			'  "args": {',
			'   "LIST": [],',
			'   "M": {},',
			'   "PV_GROUP": "app",',
			'   "N": [',
			"    1.50,",
			'    "x"',
			"   ]",
			"  },",
			'  "docker_name": "demo"',
			" }",
		].join("\n"),
	);
});

test("a checkout's layout: four spaces a level", () => {
	expect(encodeIndentedJson(sortJson(jsonObject({ b: [null], a: {} })), "    ")).toBe(
		'{\n    "a": {},\n    "b": [\n        null\n    ]\n}',
	);
});

test("strings are escaped as Go does", () => {
	expect(encodeCompactJson('"\\\n\r\t\b\f\x1b/<>&\x7f\u2028\u2029é')).toBe(
		'"\\"\\\\\\n\\r\\t\\u0008\\u000c\\u001b/\\u003c\\u003e\\u0026\x7f\\u2028\\u2029é"',
	);
});

test("any layout reads back as the same value", () => {
	fc.assert(
		fc.property(fc.jsonValue(), (plain) => {
			const value = parseJson(JSON.stringify(plain), "t");
			expect(parseJson(encodeCompactJson(value), "t")).toEqual(value);
			expect(parseJson(encodeIndentedJson(value, " ", " "), "t")).toEqual(value);
			expect(jsonValue(plainJson(value) as never)).toEqual(value);
			expect(encodeIndentedJson(value, "  ").replace(/[<>&\u2028\u2029]/g, "")).toBe(
				encodeIndentedJson(value, "  "),
			);
		}),
	);
});

test("undefined members are left out", () => {
	expect(encodeCompactJson(jsonObject({ a: undefined, b: 1, c: { d: undefined } }))).toBe('{"b":1,"c":{}}');
});
