import { createHash } from "node:crypto";
import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bufferContent, type Content, contentBytes, contentSha256 } from "../../../src/ground/bytes/index.js";
import { FileChanges } from "../../../src/ground/files/index.js";
import { writeApp } from "../../../src/pantavisor/checkout/app.js";
import { importState, readCheckout, writeCheckout } from "../../../src/pantavisor/checkout/index.js";
import { parseSourceManifest } from "../../../src/pantavisor/source/index.js";
import { encodeState, stateObjects } from "../../../src/pantavisor/state/index.js";
import { makePackage, webPart } from "../../support/packages.js";

let parent: string;
let directory: string;
beforeEach(() => {
	parent = mkdtempSync(join(tmpdir(), "pvpkg-checkout-"));
	directory = join(parent, "releases/amd64");
});
afterEach(() => rmSync(parent, { recursive: true }));

const read = (name: string): string => readFileSync(join(directory, name), "utf8");

// docs/formats/pvr.md#the-files-of-pvr
describe("a checkout", () => {
	test("has pvr's files", () => {
		const { state, objects } = makePackage(webPart());
		writeCheckout(directory, state, objects);
		expect(read(".pvr/json")).toBe(encodeState(state));
		expect(read(".pvr/config")).toBe(
			'{\n\t"DefaultGetUrl": "",\n\t"DefaultPutUrl": "",\n\t"DefaultPostUrl": "",\n\t"ObjectsDir": ".pvr/objects",\n\t"AccessTokens": {},\n\t"RefreshTokens": {}\n}',
		);
		expect(read(".pvr/commitmsg")).toBe("** No commit message **");
		expect(readdirSync(join(directory, ".pvr/objects")).sort()).toEqual(stateObjects(state));
		expect(read("web/run.json")).toMatch(/^\{\n {4}"#spec": "service-manifest-run@1",\n {4}"config"/);
		expect(read("web/lxc.container.conf")).toMatch(/^lxc\.tty\.max = 8\n/);
		expect(readdirSync(join(directory, "web")).sort()).toEqual([
			"lxc.container.conf",
			"root.squashfs",
			"root.squashfs.docker-digest",
			"run.json",
			"src.json",
		]);
		expect(readdirSync(parent)).toEqual(["releases"]);
		expect(readdirSync(join(parent, "releases"))).toEqual(["amd64"]);
	});

	test("is read again", () => {
		const { state, objects } = makePackage(webPart());
		writeCheckout(directory, state, objects, { canonical: true, message: "first" });
		expect(read("web/run.json")).toMatch(/^\{"#spec":"service-manifest-run@1","config"/);
		const checkout = readCheckout(directory);
		expect(encodeState(checkout.state)).toBe(encodeState(state));
		for (const [sha256, content] of objects) {
			expect(contentBytes(checkout.objects.get(sha256)!)).toEqual(contentBytes(content));
		}
		expect(checkout.objects.get("0".repeat(64))).toBeUndefined();
		checkout.close();
	});

	test("replaces a checkout as a whole, and nothing else", () => {
		const { state, objects } = makePackage(webPart());
		writeCheckout(directory, state, objects);
		writeFileSync(join(directory, "stale"), "");
		writeCheckout(directory, state, objects, { force: true });
		expect(existsSync(join(directory, "stale"))).toBe(false);
		const home = join(parent, "home");
		mkdirSync(home);
		writeFileSync(join(home, "letter"), "");
		expect(() => writeCheckout(home, state, objects)).toThrowError(
			expect.objectContaining({ code: "ERR_CHECKOUT_OCCUPIED" }),
		);
		expect(readdirSync(home)).toEqual(["letter"]);
	});

	test.each(["is none", "is a checkout"])("does not replace a home that %s: its .pvr has keys", (kind) => {
		const { state, objects } = makePackage(webPart());
		if (kind === "is a checkout") writeCheckout(directory, state, objects);
		mkdirSync(join(directory, ".pvr/pvs"), { recursive: true });
		writeFileSync(join(directory, ".pvr/pvs/key.default.pem"), "key");
		expect(() => writeCheckout(directory, state, objects, { force: true })).toThrowError(
			expect.objectContaining({ code: "ERR_CHECKOUT_OCCUPIED" }),
		);
		expect(read(".pvr/pvs/key.default.pem")).toBe("key");
	});

	test.each([
		["a file that was never added", "web/notes.txt", "to do"],
		["a file that was changed", "web/lxc.container.conf", "lxc.tty.max = 9\n"],
	])("does not replace %s, unless forced to", (_, name, text) => {
		const { state, objects } = makePackage(webPart());
		writeCheckout(directory, state, objects);
		writeCheckout(directory, state, objects);
		writeFileSync(join(directory, name), text);
		expect(() => writeCheckout(directory, state, objects)).toThrowError(
			expect.objectContaining({ code: "ERR_CHECKOUT_OCCUPIED", message: expect.stringContaining(name) }),
		);
		expect(read(name)).toBe(text);
		writeCheckout(directory, state, objects, { force: true });
		expect(existsSync(join(directory, name)) && read(name) === text).toBe(false);
	});
});

describe("what is refused leaves everything as it was", () => {
	test.each([
		["a missing object", [["web/x", "0".repeat(64)]], "ERR_OBJECT_MISSING"],
		["an object with other bytes", [["web/x", "1".repeat(64)]], "ERR_OBJECT_HASH"],
		["a key that leads out", [["../x", []]], "ERR_CHECKOUT_KEY"],
		["an absolute key", [["/x", []]], "ERR_CHECKOUT_KEY"],
		["a key inside .pvr", [[".pvr/config", []]], "ERR_CHECKOUT_KEY"],
		["a file that is a directory", [["web", []]], "ERR_CHECKOUT_KEY"],
	] as const)("%s", (_, entries, code) => {
		const { state, objects } = makePackage(webPart());
		writeCheckout(directory, state, objects);
		const wrong = new Map([...objects, ["1".repeat(64), bufferContent(Buffer.from("x"))]]);
		const changed = new Map([...state, ...(entries as unknown as [string, string][])]);
		expect(() => writeCheckout(directory, changed, wrong)).toThrowError(expect.objectContaining({ code }));
		expect(read(".pvr/json")).toBe(encodeState(state));
		expect(readdirSync(join(parent, "releases"))).toEqual(["amd64"]);
	});
});

/** Bytes of a file that somebody changes once it was read to its end. */
function changing(first: string, then: string): Content {
	let isRead = false;
	return {
		size: first.length,
		read(target, position) {
			target.set(Buffer.from(isRead ? then : first).subarray(position, position + target.length));
			isRead ||= position + target.length === first.length;
		},
	};
}

describe("an object that changes after it was looked at", () => {
	const sha256 = createHash("sha256").update("right").digest("hex");
	const withChanging = () => {
		const { state, objects } = makePackage(webPart());
		const content = changing("right", "wrong");
		expect(contentSha256(content)).toBe(sha256);
		const all = new Map([...objects, [sha256, content] as const]);
		return { before: state, state: new Map([...state, ["web/x", sha256] as const]), objects: all };
	};

	test("comes into no new checkout", () => {
		const { state, objects } = withChanging();
		expect(() => writeCheckout(directory, state, objects)).toThrowError(
			expect.objectContaining({ code: "ERR_OBJECT_HASH" }),
		);
		expect(existsSync(directory)).toBe(false);
	});

	test("is not imported", () => {
		const { before, state, objects } = withChanging();
		writeCheckout(directory, before, objects);
		const checkout = readCheckout(directory);
		expect(() => importState(checkout, state, objects)).toThrowError(
			expect.objectContaining({ code: "ERR_OBJECT_HASH" }),
		);
		checkout.close();
		expect(read(".pvr/json")).toBe(encodeState(before));
		expect(existsSync(join(directory, ".pvr/objects", sha256))).toBe(false);
	});

	test("is not written as a file of a container", () => {
		const { objects } = withChanging();
		const object = { ...objects.get(sha256)!, sha256 };
		const part = { name: "web", documents: new Map(), objects: new Map([["web/x", object]]) };
		const changes = new FileChanges(directory);
		const source = parseSourceManifest(
			Buffer.from('{"#spec":"service-manifest-src@1","template":"builtin-lxc-docker"}'),
			"src.json",
		);
		expect(() => writeApp(changes, part, source)).toThrowError(
			expect.objectContaining({ code: "ERR_OBJECT_HASH" }),
		);
		changes.discard();
	});
});

test.each([
	["nothing there", undefined, undefined, "ERR_CHECKOUT_NOT_FOUND"],
	["a state that was cut", '{"#spec":', undefined, "ERR_JSON_SYNTAX"],
	["a state that is not an object", "[]", undefined, "ERR_STATE"],
	["a damaged configuration", "{}", '{"ObjectsDir":', "ERR_JSON_SYNTAX"],
	["another configuration", "{}", "[]", "ERR_CHECKOUT_CONFIG"],
])("no checkout: %s", (_, json, config, code) => {
	mkdirSync(join(directory, ".pvr"), { recursive: true });
	if (json !== undefined) writeFileSync(join(directory, ".pvr/json"), json);
	if (config !== undefined) writeFileSync(join(directory, ".pvr/config"), config);
	expect(() => readCheckout(directory)).toThrowError(expect.objectContaining({ code }));
});

test("objects may lie elsewhere, as pvr keeps them, where the user allows it", () => {
	mkdirSync(join(directory, ".pvr"), { recursive: true });
	mkdirSync(join(parent, "store"));
	writeFileSync(join(parent, "store", "0".repeat(64)), "x");
	writeFileSync(join(directory, ".pvr/json"), '{"#spec":"pantavisor-service-system@1"}   ');
	for (const place of [join(parent, "store"), "../../store"]) {
		writeFileSync(join(directory, ".pvr/config"), JSON.stringify({ ObjectsDir: place }));
		expect(() => readCheckout(directory)).toThrow(
			expect.objectContaining({
				code: "ERR_CHECKOUT_CONFIG",
				message: expect.stringContaining(`--objects-dir ${join(parent, "store")}`),
			}),
		);
		const checkout = readCheckout(directory, { objectStores: [join(parent, "store")] });
		expect(checkout.objects.get("0".repeat(64))?.size).toBe(1);
		checkout.close();
	}
});
