import { expect, test } from "vitest";
import { jsonTokens, jsonValue } from "../../../src/ground/json/index.js";

test("names and values come in the order of the text, each before what it contains", () => {
	const inner = jsonValue([true, { c: null }]);
	const value = jsonValue({ a: "x", b: [true, { c: null }] });
	expect([...jsonTokens(value)]).toEqual(["a", "x", "b", inner, true, jsonValue({ c: null }), "c", null]);
});

test("a value by itself contains nothing", () => {
	expect([...jsonTokens("a")]).toEqual([]);
});
