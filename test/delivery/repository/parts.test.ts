import { describe, expect, test } from "vitest";
import {
	isRemoteAddress,
	parsePartChoice,
	parseRemoteAddress,
	splitFragment,
} from "../../../src/delivery/repository/address.js";
import { mergeStates } from "../../../src/delivery/repository/merge-json.js";
import { chooseParts, partNames, replaceParts } from "../../../src/delivery/repository/parts.js";
import { jsonObject } from "../../../src/ground/json/index.js";
import type { State } from "../../../src/pantavisor/state/index.js";

const state = jsonObject({
	"#spec": "s",
	"web/a": "1",
	"webfoo/a": "2",
	"_sigs/web.json": {},
	"file.json": {},
}) as State;

describe("addresses", () => {
	test.each([
		["192.168.1.3", "http://192.168.1.3:12368/cgi-bin/pvr"],
		["192.168.1.3#web", "http://192.168.1.3:12368/cgi-bin/pvr"],
		["fd00::3", "http://[fd00::3]:12368/cgi-bin/pvr"],
		["[fd00::3]", "http://[fd00::3]:12368/cgi-bin/pvr"],
		["http://device:12368", "http://device:12368/cgi-bin/pvr"],
		["http://device:12368/", "http://device:12368/cgi-bin/pvr"],
		["http://device:12368/cgi-bin", "http://device:12368/cgi-bin/pvr"],
		["http://device:12368/cgi-bin/pvr/", "http://device:12368/cgi-bin/pvr"],
		["https://repo.example/team/device?x=1#a", "https://repo.example/team/device"],
	])("%s means %s", (text, url) => {
		expect(parseRemoteAddress(text).url.href).toBe(url);
		expect(isRemoteAddress(text)).toBe(true);
	});

	test.each(["web", "./192.168.1.3", "dir/.pvr#web", "ftp://host/x", ""])("%s is not an address", (text) => {
		expect(isRemoteAddress(text)).toBe(false);
		expect(() => parseRemoteAddress(text)).toThrow(/parse address/);
	});

	test("a user in an address is refused, and not shown", () => {
		expect(() => parseRemoteAddress("http://u:secret@host/x")).toThrow(/^host: parse address: a user/);
	});

	test("a fragment chooses and removes parts", () => {
		expect(splitFragment("a#b#c,d")).toEqual(["a#b", "c,d"]);
		expect(parsePartChoice("web,_sigs/web.json,-app")).toEqual({
			take: ["web", "_sigs/web.json"],
			remove: ["app"],
		});
		expect(splitFragment("http://h/x#a#b")).toEqual(["http://h/x", "a#b"]);
		for (const bad of ["a,,b", "-", "/", "a,-/"]) expect(() => parsePartChoice(bad)).toThrow(/empty one/);
	});
});

test.each([
	["http://device:12368#a#b", /expected one # before the names of parts, got several/],
	["192.168.1.3#a,b#c", /expected one #/],
	["192.168.1.3#web,-/web/", /expected a name to take or to remove, got both: \/web\//],
])("%s means nothing, and is refused", (text, reason) => {
	expect(() => parseRemoteAddress(text)).toThrow(reason);
});

describe("parts of a state", () => {
	test("a name is the part alone, with a slash at its end or without", () => {
		expect([...chooseParts(state, parsePartChoice("web"), "x").keys()]).toEqual(["#spec", "web/a"]);
		expect([...chooseParts(state, parsePartChoice("web/"), "x").keys()]).toEqual(["#spec", "web/a"]);
		expect([...chooseParts(state, parsePartChoice("file.json"), "x").keys()]).toEqual(["#spec", "file.json"]);
		expect(partNames(state)).toEqual(["_sigs", "file.json", "web", "webfoo"]);
	});

	test("a part replaces that of its name, and a removal takes away no other", () => {
		const other = jsonObject({ "#spec": "s", "web/b": "3" }) as State;
		expect([...replaceParts(state, other, parsePartChoice("web")).keys()].sort()).toEqual([
			"#spec",
			"_sigs/web.json",
			"file.json",
			"web/b",
			"webfoo/a",
		]);
		expect([...replaceParts(state, other, parsePartChoice("-web")).keys()]).toEqual([
			"#spec",
			"webfoo/a",
			"_sigs/web.json",
			"file.json",
		]);
		expect(replaceParts(state, other, parsePartChoice(""))).toBe(other);
	});

	test("a merge keeps what comes as it is, and removes by null", () => {
		const below = jsonObject({ a: { x: 1, y: { z: 1 } }, b: "1", c: {} }) as State;
		const above = jsonObject({ a: { x: null, y: { n: null } }, b: null, d: { n: null } }) as State;
		expect(mergeStates(below, above)).toEqual(
			jsonObject({ a: { y: { z: 1, n: null } }, c: {}, d: { n: null } }),
		);
	});
});
