import { expect, test } from "vitest";
import { parseChallenges } from "../../../src/image/registry/challenge.js";

const plain = (...headers: string[]) =>
	parseChallenges(headers).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

test("row 1: a comma inside quotes separates nothing", () => {
	expect(plain('Bearer realm="https://a/t",service="s",scope="repository:a/b:pull,push"')).toEqual([
		["bearer", { realm: "https://a/t", service: "s", scope: "repository:a/b:pull,push" }],
	]);
});

test("row 2: several headers are several challenges, in order", () => {
	expect(plain("Negotiate", 'Basic realm="r"')).toEqual([
		["negotiate", {}],
		["basic", { realm: "r" }],
	]);
});

test("row 3: one header with two challenges", () => {
	expect(plain('Bearer realm="x", service="y", Basic realm="z"')).toEqual([
		["bearer", { realm: "x", service: "y" }],
		["basic", { realm: "z" }],
	]);
});

test.each([
	['BASIC realm="r"', "basic", { realm: "r" }],
	["bearer Realm=https://a/t,SERVICE=s", "bearer", { realm: "https://a/t", service: "s" }],
	['Bearer realm = "x" , scope= "a b"', "bearer", { realm: "x", scope: "a b" }],
	['  Bearer\trealm="x",, service=""', "bearer", { realm: "x", service: "" }],
	['Bearer realm="first",realm="second"', "bearer", { realm: "first" }],
])("row 4: %s", (header, scheme, parameters) => {
	expect(plain(header)).toEqual([[scheme, parameters]]);
});

test("row 5: escapes in quotes are undone", () => {
	expect(plain('Bearer realm="a\\"b\\\\c",service="x"')).toEqual([
		["bearer", { realm: 'a"b\\c', service: "x" }],
	]);
});

test.each(['Bearer realm="https://a', 'Bearer realm="a\\"', '"Bearer"', "Bearer =x", "=="])(
	"row 5: %s is an error that shows the header",
	(header) => {
		expect(() => parseChallenges([header])).toThrow(/^WWW-Authenticate: .*parse challenge: /);
		expect(() => parseChallenges([header])).toThrow(header.slice(0, 10).replaceAll("\\", "\\x5c"));
	},
);

test("a bare value behind Negotiate hides no later challenge", () => {
	expect(plain('Negotiate YII/abc+d==, Basic realm="z"').at(-1)).toEqual(["basic", { realm: "z" }]);
	expect(plain("Negotiate YIIabc==, Bearer realm=z").at(-1)).toEqual(["bearer", { realm: "z" }]);
});

test("no header is not a challenge", () => {
	expect(plain()).toEqual([]);
	expect(plain("")).toEqual([]);
});
