import { expect, test } from "vitest";
import { madeRecordValue, parseMadeRecord } from "../../src/container/made-record.js";
import { encodeCanonicalJson, jsonObject } from "../../src/ground/json/index.js";

const finding = { severity: "note", code: "IMAGE_LAYER", subject: "linux/amd64", message: "a note" } as const;
const record = {
	sha256: "a".repeat(64),
	size: 4096,
	findings: [finding],
	observations: new Map([["one", jsonObject({ found: 1 })]]),
};
const text = encodeCanonicalJson(madeRecordValue(record));

test("a record comes back as it was", () => {
	expect(parseMadeRecord(text)).toEqual(record);
});

test.each<[string, string | undefined]>([
	["absent", undefined],
	["empty", ""],
	["cut off", text.slice(0, 40)],
	["another document", "[]"],
	["a digest of another form", text.replace(/"sha256":"./, '"sha256":"X')],
	["a negative size", text.replace('"size":', '"size":-')],
	["a size that is not a number", text.replace("4096", '"x"')],
	["a severity of another program", text.replace('"note"', '"fatal"')],
	["a finding without a message", text.replace('"message":"a note"', '"message":1')],
	["findings of another form", text.replace('"findings":[', '"findings":[1,')],
	["no findings", text.replace(/"findings":\[[^\]]*\]/, '"findings":{}')],
	["observations of another form", text.replace(/"observations":\{.*?\}\}/, '"observations":[]')],
])("one that cannot be used is none: %s", (_, changed) => {
	expect(changed).not.toBe(text);
	expect(parseMadeRecord(changed)).toBeUndefined();
});
