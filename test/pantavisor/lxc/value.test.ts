import { expect, test } from "vitest";
import { decodeLxcValue, encodeLxcValue } from "../../../src/pantavisor/lxc/value.js";

// docs/formats/devices.md#liblxc: liblxc trims a value, and strips one pair of equal quotes round all of it.
test.each([
	["plain", "plain"],
	["  blanks\t", "blanks"],
	['"a b"', "a b"],
	["'a b'", "a b"],
	['""twice""', '"twice"'],
	['"opened', '"opened'],
	['closed"', 'closed"'],
	["\"other'", "\"other'"],
	['"', '"'],
	["", ""],
])("liblxc keeps of %j %j", (text, value) => {
	expect(decodeLxcValue(text)).toBe(value);
});

test.each(["plain", "PS1=$ ", '"quoted"', '"opened', "'", "", " ", '"a" "b"'])(
	"%j arrives whole",
	(value) => {
		expect(decodeLxcValue(encodeLxcValue(value))).toBe(value);
	},
);

test.each(["plain", '"opened', "a b", "x'y"])("%j needs no quotes", (value) => {
	expect(encodeLxcValue(value)).toBe(value);
});
