import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sha256Hex } from "../../../src/ground/bytes/index.js";
import { encodeCanonicalJson } from "../../../src/ground/json/index.js";
import {
	addFiles,
	type Checkout,
	checkoutStatus,
	commitCheckout,
	importState,
	initCheckout,
	readCheckout,
	readWorkingState,
	restoreCheckout,
	stateDifference,
	writeCheckout,
} from "../../../src/pantavisor/checkout/index.js";
import { openPackage, readArchive } from "../../../src/pantavisor/package/index.js";
import { signatureKeys, verifyState } from "../../../src/pantavisor/signing/index.js";
import { encodeState, type State } from "../../../src/pantavisor/state/index.js";
import { FIELDS } from "../../support/field.js";
import { makePackage, webPart } from "../../support/packages.js";

let directory: string;
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "pvpkg-tree-"));
	initCheckout(directory);
});
afterEach(() => rmSync(directory, { recursive: true }));

function use<T>(work: (checkout: Checkout) => T): T {
	const checkout = readCheckout(directory);
	try {
		return work(checkout);
	} finally {
		checkout.close();
	}
}

function place(name: string, text: string | Uint8Array): void {
	mkdirSync(dirname(join(directory, name)), { recursive: true });
	writeFileSync(join(directory, name), text);
}

const read = (name: string): string => readFileSync(join(directory, name), "utf8");
const status = () => use(checkoutStatus);
const add = (...patterns: string[]): string[] => use((checkout) => addFiles(checkout, patterns));
const commit = (message?: string) => use((checkout) => commitCheckout(checkout, { message }));
/** Every file with its bytes: what must not change. */
const snapshot = (): Map<string, string> =>
	new Map(
		readdirSync(directory, { recursive: true, encoding: "utf8" })
			.filter((name) => statSync(join(directory, name)).isFile())
			.sort()
			.map((name) => [name, sha256Hex(readFileSync(join(directory, name)))]),
	);

// docs/formats/pvr.md#checkouts
describe("init", () => {
	test("makes pvr's files, and refuses a second time", () => {
		expect(read(".pvr/json")).toBe('{"#spec":"pantavisor-service-system@1"}');
		expect(readdirSync(join(directory, ".pvr")).sort()).toEqual(["config", "json", "objects"]);
		const before = snapshot();
		expect(() => initCheckout(directory)).toThrowError(
			expect.objectContaining({ code: "ERR_CHECKOUT_OCCUPIED" }),
		);
		expect(snapshot()).toEqual(before);
	});

	test("takes a spec and a place for objects", () => {
		const other = join(directory, "other");
		initCheckout(other, { spec: "pantavisor-multi-platform@1", objectsDirectory: join(directory, "store") });
		const checkout = readCheckout(other, { objectStores: [join(directory, "store")] });
		expect(checkout.state.get("#spec")).toBe("pantavisor-multi-platform@1");
		expect(checkout.objectsDirectory).toBe(join(directory, "store"));
		checkout.close();
	});
});

describe("add", () => {
	beforeEach(() => {
		for (const name of ["web/run.json", "web/a.txt", "web/sub/b.txt", ".pvfoo", ".hidden"]) place(name, "{}");
		place(".pv/oemkernel", "boot");
	});

	// Directories are taken with all that is in them, `.pvfoo` is a file like others
	test.each([
		["everything", [], [".hidden", ".pvfoo", "web/a.txt", "web/run.json", "web/sub/b.txt"]],
		["a dot", ["."], [".hidden", ".pvfoo", "web/a.txt", "web/run.json", "web/sub/b.txt"]],
		["a directory", ["web"], ["web/a.txt", "web/run.json", "web/sub/b.txt"]],
		["a directory with a slash", ["./web/sub/"], ["web/sub/b.txt"]],
		["a glob of one level", ["web/*"], ["web/a.txt", "web/run.json"]],
		["a file and a glob", [".pvfoo", "*/*.txt"], [".pvfoo", "web/a.txt"]],
	])("%s", (_, patterns, expected) => {
		expect(add(...patterns)).toEqual(expected);
		expect(Object.keys(JSON.parse(read(".pvr/new")))).toEqual(expected);
	});

	test("writes pvr's .pvr/new", () => {
		add("web/a.txt");
		expect(read(".pvr/new")).toBe(`{"web/a.txt":{"ForceObject":false,"Sha":"${sha256Hex("{}")}"}}`);
	});

	test("a pattern without files changes nothing", () => {
		const before = snapshot();
		expect(() => add("web", "wbe")).toThrowError(expect.objectContaining({ code: "ERR_CHECKOUT_PATTERN" }));
		expect(snapshot()).toEqual(before);
	});
});

describe("what is committed", () => {
	const odd = '{"b":[1,null,{"c":null}],"a":12345678901234567890.50,"n":null}';

	test("is exactly what files hold", () => {
		place("web/odd.json", odd);
		place("web/null.json", "null");
		add();
		commit("first");
		expect(read(".pvr/json")).toBe(
			'{"#spec":"pantavisor-service-system@1","web/null.json":null,"web/odd.json":{"a":1.23456789012345678905E19,"b":[1,null,{"c":null}],"n":null}}',
		);
		expect(read(".pvr/commitmsg")).toBe("first");
		expect(existsSync(join(directory, ".pvr/new"))).toBe(false);
		expect(status()).toEqual({ added: [], removed: [], changed: [], untracked: [] });
		use(restoreCheckout);
		expect(status().changed).toEqual([]);
	});

	test("objects lie in the store, documents inline, unless they are raw", () => {
		place("web/bin", "bytes");
		place("web/a.json", "{}");
		place("web/raw.json", '{ "as": "it is" }');
		use((checkout) => addFiles(checkout, ["web/raw.json"], { raw: true }));
		add("web");
		commit();
		const { state } = readCheckout(directory);
		expect(state.get("web/bin")).toBe(sha256Hex("bytes"));
		expect(encodeCanonicalJson(state.get("web/a.json")!)).toBe("{}");
		expect(state.get("web/raw.json")).toBe(sha256Hex('{ "as": "it is" }'));
		expect(readdirSync(join(directory, ".pvr/objects")).sort()).toEqual(
			[sha256Hex("bytes"), sha256Hex('{ "as": "it is" }')].sort(),
		);
		// Once an object, always an object.
		place("web/raw.json", "{}");
		expect(use(readWorkingState).state.get("web/raw.json")).toBe(sha256Hex("{}"));
	});

	test("status and diff tell what happened to each key", () => {
		for (const name of ["a.json", "b", "c", "d.json"])
			place(name, name.endsWith("json") ? '{"x":1,"y":2}' : name);
		add();
		commit();
		place("b", "changed");
		place("d.json", '{"x":1,"z":3}');
		place("e", "new");
		place("f", "unknown");
		rmSync(join(directory, "c"));
		add("e");
		expect(status()).toEqual({ added: ["e"], removed: ["c"], changed: ["b", "d.json"], untracked: ["f"] });
		const { state } = readCheckout(directory);
		expect(encodeCanonicalJson(stateDifference(state, use(readWorkingState).state))).toBe(
			`{"b":"${sha256Hex("changed")}","c":null,"d.json":{"y":null,"z":3},"e":"${sha256Hex("new")}"}`,
		);
		commit();
		expect([...readCheckout(directory).state.keys()]).toEqual(["#spec", "a.json", "b", "d.json", "e"]);
	});

	test("a checkpoint is the time that is given", () => {
		use((checkout) => commitCheckout(checkout, { checkpoint: "2026-01-02T03:04:05+01:00" }));
		expect(read(".pvr/json")).toContain('"checkpoint.json":{"major":"2026-01-02T03:04:05+01:00"}');
		expect(status()).toEqual({ added: [], removed: [], changed: [], untracked: [] });
	});

	test("an object of the store that is damaged is put right", () => {
		place("x", "bytes");
		add();
		place(`.pvr/objects/${sha256Hex("bytes")}`, "other");
		commit();
		expect(read(`.pvr/objects/${sha256Hex("bytes")}`)).toBe("bytes");
	});

	test.each([
		["a document that is none", "web/a.json", '{"a":', "ERR_JSON_SYNTAX"],
		["a name that the device takes for a list", "include", "x", "ERR_CHECKOUT_KEY"],
		["a name that needs an escape", 'we"b', "x", "ERR_CHECKOUT_KEY"],
		["a name that sorts before #spec", "!x", "x", "ERR_CHECKOUT_KEY"],
	])("%s: refused, and nothing is changed", (_, name, text, code) => {
		place(name, text);
		add();
		const before = snapshot();
		expect(() => commit()).toThrowError(expect.objectContaining({ code }));
		expect(snapshot()).toEqual(before);
	});
});

describe("restoring", () => {
	beforeEach(() => {
		place("web/a.json", '{"b":"<1>","a":[]}');
		place("web/bin", "bytes");
		add();
		commit();
	});

	test("puts files back, and forgets what was added", () => {
		place("web/bin", "other");
		rmSync(join(directory, "web/a.json"));
		place("more", "stays");
		add("more");
		expect(use(restoreCheckout)).toEqual(["web/a.json", "web/bin"]);
		expect(read("web/a.json")).toBe('{\n    "a": [],\n    "b": "\\u003c1\\u003e"\n}');
		expect(read("web/bin")).toBe("bytes");
		expect(status()).toEqual({ added: [], removed: [], changed: [], untracked: ["more"] });
		expect(use(restoreCheckout)).toEqual([]);
	});

	test("canonically, and by hard links", () => {
		use((checkout) => restoreCheckout(checkout, { hardlink: true }));
		expect(read("web/a.json")).toBe('{"a":[],"b":"<1>"}');
		expect(statSync(join(directory, "web/bin")).ino).toBe(
			statSync(join(directory, ".pvr/objects", sha256Hex("bytes"))).ino,
		);
		// What is written through the second name would change the object.
		expect(statSync(join(directory, "web/bin")).mode & 0o777).toBe(0o444);
		expect(status().changed).toEqual([]);
	});

	// Somebody puts another file in the place of an object after it was opened.
	test("by hard links gives no name to an object that was exchanged meanwhile", () => {
		const object = join(directory, ".pvr/objects", sha256Hex("bytes"));
		use((checkout) => {
			expect(checkout.objects.get(sha256Hex("bytes"))?.size).toBe(5);
			rmSync(object);
			writeFileSync(object, "other");
			expect(() => restoreCheckout(checkout, { hardlink: true })).toThrowError(
				expect.objectContaining({ code: "ERR_OBJECT_HASH" }),
			);
		});
		expect(read("web/bin")).toBe("bytes");
		expect(read("web/a.json")).toBe('{"b":"<1>","a":[]}');
	});

	test.each([
		[
			"a missing object",
			() => rmSync(join(directory, ".pvr/objects"), { recursive: true }),
			"ERR_OBJECT_MISSING",
		],
		[
			"an object with another hash",
			() => place(`.pvr/objects/${sha256Hex("bytes")}`, "x"),
			"ERR_OBJECT_HASH",
		],
		["a state that was half written", () => place(".pvr/json", '{"#spec":'), "ERR_JSON_SYNTAX"],
		["a list of added files that is none", () => place(".pvr/new", "[]"), "ERR_CHECKOUT_CONFIG"],
		["a key that leads out", () => place(".pvr/json", '{"../x":{}}'), "ERR_CHECKOUT_KEY"],
		[
			"a directory where a file belongs",
			() => {
				rmSync(join(directory, "web/bin"));
				place("web/bin/x", "");
			},
			"ERR_CHECKOUT_OCCUPIED",
		],
	])("%s: refused, and nothing is changed", (_, damage, code) => {
		place("web/a.json", "{}");
		damage();
		const before = snapshot();
		expect(() => use(restoreCheckout)).toThrowError(expect.objectContaining({ code }));
		expect(snapshot()).toEqual(before);
	});
});

describe("importing", () => {
	test("replaces the state, and leaves the work tree alone", () => {
		const { state, objects } = makePackage(webPart());
		place("web/run.json", "{}");
		use((checkout) => importState(checkout, state, objects));
		expect(read(".pvr/json")).toBe(encodeState(state));
		expect(read("web/run.json")).toBe("{}");
		use(restoreCheckout);
		expect(status()).toEqual({ added: [], removed: [], changed: [], untracked: [] });
	});
	test.each([
		["a key that leads out", [["../x", {}]], "ERR_CHECKOUT_KEY"],
		["a key inside .pvr", [[".pvr/config", {}]], "ERR_CHECKOUT_KEY"],
		["a missing object", [["web/x", "0".repeat(64)]], "ERR_OBJECT_MISSING"],
		["an object with another hash", [["web/x", "1".repeat(64)]], "ERR_OBJECT_HASH"],
	] as const)("%s: refused, and nothing is changed", (_, entries, code) => {
		const { state, objects } = makePackage(webPart());
		objects.set("1".repeat(64), [...objects.values()][0]!);
		const bad = new Map([...state, ...(entries as unknown as [string, string][])]);
		const before = snapshot();
		expect(() => use((checkout) => importState(checkout, bad, objects))).toThrowError(
			expect.objectContaining({ code }),
		);
		expect(snapshot()).toEqual(before);
	});
});

describe.each(FIELDS)("packages from the field, $label", (field) => {
	test.each(["signed.tgz", "unsigned.tar"])("%s comes back the same", async (name) => {
		const source = await readArchive(field.path(name), { temporaryDirectory: tmpdir() });
		use((checkout) => importState(checkout, source.state, source.objects));
		use(restoreCheckout);
		expect(status()).toEqual({ added: [], removed: [], changed: [], untracked: [] });
		add();
		commit();
		const { state, text, objects } = readCheckout(directory);
		expect(Buffer.from(text).equals(source.text)).toBe(true);
		for (const sha256 of source.objects.keys()) expect(objects.get(sha256)?.size).toBeGreaterThan(0);
		expect(verifyState(state, { embedded: true }).map(({ error }) => error)).toEqual(
			signatureKeys(state).map(() => undefined),
		);
		source.close();
		expect((await openPackage(field.path(name), { temporaryDirectory: tmpdir() })).state.size).toBe(
			state.size,
		);
	});

	test.each(["drivers.json", "device.json", "separately-signed.json", "configured.json"])(
		"%s: documents survive a checkout",
		(name) => {
			const whole = JSON.parse(field.read(name).toString("utf8")) as Record<string, unknown>;
			const documents = Object.fromEntries(
				Object.entries(whole).filter(([, value]) => typeof value !== "string"),
			);
			const text = JSON.stringify({ "#spec": whole["#spec"], ...documents });
			place(".pvr/json", text);
			const state: State = readCheckout(directory).state;
			const other = join(directory, "other");
			writeCheckout(other, state, { get: () => undefined });
			const checkout = readCheckout(other);
			expect(checkoutStatus(checkout)).toEqual({ added: [], removed: [], changed: [], untracked: [] });
			commitCheckout(checkout);
			expect(readFileSync(join(other, ".pvr/json"), "utf8")).toBe(encodeState(state));
		},
	);
});
