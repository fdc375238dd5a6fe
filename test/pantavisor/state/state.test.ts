import { describe, expect, test } from "vitest";
import { jsonObject, type PlainJson } from "../../../src/ground/json/index.js";
import {
	bytesObject,
	createPart,
	mergePart,
	stateFile,
	textObject,
} from "../../../src/pantavisor/package/index.js";
import { checkPartName, lintLxcConfig, lintState } from "../../../src/pantavisor/rules/index.js";
import { chooseGroup, listGroups } from "../../../src/pantavisor/source/index.js";
import {
	emptyState,
	encodeState,
	parseState,
	removePart,
	selectParts,
	stateObjects,
} from "../../../src/pantavisor/state/index.js";
import { renderInput } from "../../support/rendering.js";

const HASH = "ab".repeat(32);
const state = (members: Record<string, PlainJson>) =>
	jsonObject({ "#spec": "pantavisor-service-system@1", ...members });

describe("a state", () => {
	test("is canonical, whatever it was read from", () => {
		expect(encodeState(parseState(' {"b/c" : [1.0] , "#spec":"x"}', "s"))).toBe('{"#spec":"x","b/c":[1]}');
		expect(encodeState(emptyState())).toBe('{"#spec":"pantavisor-service-system@1"}');
		expect(() => parseState("[]", "x.json")).toThrow("x.json: read state: expected a JSON object");
	});

	test("names its objects once, in order", () => {
		expect(
			stateObjects(state({ a: HASH, b: "00".repeat(32), c: HASH, d: "text", e: HASH.toUpperCase() })),
		).toEqual(["00".repeat(32), HASH]);
	});

	// docs/formats/pvr.md#the-archive
	test.each([
		[["web"], ["#spec", "web", "web/a"]],
		[["web/"], ["#spec", "web/a"]],
		[
			["webfoo/x", "_sigs/web.json"],
			["#spec", "_sigs/web.json", "webfoo/x"],
		],
		[[], ["#spec"]],
	])("parts %j", (parts, keys) => {
		const whole = state({ "_sigs/web.json": {}, web: {}, "web/a": HASH, "webfoo/x": {} });
		expect([...selectParts(whole, parts).keys()]).toEqual(keys);
	});

	test("loses a part with its configuration and its signature", () => {
		const whole = state({
			"_config/web/a": HASH,
			"_config/webfoo/a": HASH,
			"_sigs/web.json": {},
			"web/a": HASH,
			"webfoo/a": HASH,
		});
		expect([...removePart(whole, "web").keys()]).toEqual(["#spec", "_config/webfoo/a", "webfoo/a"]);
	});
});

describe("a part", () => {
	const image = bytesObject(Buffer.from("image"));
	const input = (source: Record<string, PlainJson> = {}) => ({
		...renderInput({ Cmd: ["/x"] }, { docker_digest: "reg/web@sha256:00", ...source }),
		images: new Map([["root.squashfs" as const, image]]),
	});

	test("is made of pvr's files", () => {
		const part = createPart({
			...input(),
			files: new Map([
				["pvpkg.json", stateFile("pvpkg.json", Buffer.from('{"name":"x"}'))],
				["mdev.json", stateFile("mdev.json", Buffer.from("[]"))],
			]),
			overlay: new Map([["etc/a.conf", stateFile("etc/a.conf", Buffer.from("a"))]]),
		});
		expect([...part.documents.keys()]).toEqual([
			"web/src.json",
			"web/run.json",
			"web/pvpkg.json",
			"web/mdev.json",
		]);
		expect([...part.objects.keys()]).toEqual([
			"web/lxc.container.conf",
			"web/root.squashfs",
			"web/root.squashfs.docker-digest",
			"_config/web/etc/a.conf",
		]);
		expect(part.objects.get("web/root.squashfs.docker-digest")!.sha256).toBe(
			textObject("reg/web@sha256:00").sha256,
		);
		const merged = mergePart(state({ "web/old": HASH, "_sigs/web.json": {}, "bsp/run.json": {} }), part);
		expect([...merged.keys()].filter((key) => !part.documents.has(key) && !part.objects.has(key))).toEqual([
			"#spec",
			"bsp/run.json",
		]);
		expect(lintState(merged)).toEqual([]);
	});

	test("that is only mounted has no configuration", () => {
		expect([...createPart(input({ args: { PV_STATUS_GOAL: "MOUNTED" } })).objects.keys()]).not.toContain(
			"web/lxc.container.conf",
		);
	});

	test("keeps a digest for each image", () => {
		const images = new Map([
			["root.squashfs", image],
			["root.ovl.squashfs", image],
		] as const);
		const part = createPart({
			...input({ docker_ovl_digest: "reg/web@sha256:11", rootfs_digest: "sha256:22" }),
			images,
		});
		expect(
			[...part.objects].flatMap(([key, object]) => (key.endsWith("digest") ? [[key, object.size]] : [])),
		).toEqual([
			["web/root.squashfs.docker-digest", 17],
			["web/root.squashfs.rootfs-digest", 9],
			["web/root.ovl.squashfs.docker-digest", 17],
		]);
	});

	test("may not be given what is made here", () => {
		const files = new Map([["run.json", stateFile("run.json", Buffer.from("{}"))]]);
		expect(() => createPart({ ...input(), files })).toThrow("web: create part: web/run.json is made here");
	});
});

// docs/formats/devices.md#the-importer
test.each(["web", "Web-1.0_x", "0"])("the name %s", (name) => {
	expect(() => checkPartName(name)).not.toThrow();
});

test.each([
	"",
	".web",
	"_sigs",
	"a/b",
	"a b",
	"ü",
	"include-me",
	"excluded",
	"bsp",
	"a[",
	"-x",
	"x".repeat(201),
])("the name %j is refused", (name) => {
	expect(() => checkPartName(name)).toThrowError(expect.objectContaining({ code: "ERR_PART_NAME" }));
});

describe("what a device would not take", () => {
	test.each([
		["no #spec", jsonObject({}), "error STATE_SPEC"],
		["an old #spec", jsonObject({ "#spec": "pantavisor-multi-platform@1" }), "warning STATE_SPEC"],
		["..", state({ "a/../b": {} }), "error STATE_KEY_PATH"],
		["an absolute key", state({ "/a": {} }), "error STATE_KEY_PATH"],
		["a long component", state({ [`a/${"x".repeat(256)}`]: {} }), "error STATE_KEY_LENGTH"],
		["a quote", state({ 'a"b': {} }), "error STATE_KEY_ESCAPE"],
		["a key before #spec", state({ "!a": {} }), "error STATE_KEY_ORDER"],
		["a glob", state({ "a/[b]": {} }), "warning STATE_KEY_GLOB"],
		["include", state({ "include/a": {} }), "error STATE_KEY_TOKEN"],
		["a file that is a directory", state({ app: {}, "app/a/b": {} }), "error STATE_KEY_DIRECTORY"],
		["a number", state({ "a.json": 1 }), "error STATE_VALUE_SCALAR"],
		["null", state({ "a.json": null }), "error STATE_VALUE_SCALAR"],
		["a text", state({ a: "text" }), "error STATE_VALUE_STRING"],
		["a string that crashes", state({ a: "[x" }), "error STATE_VALUE_STRING"],
		[
			"a missing volume",
			state({ "web/run.json": { "#spec": "service-manifest-run@1", name: "web", "root-volume": "dm:r" } }),
			"error RUN_FILE",
		],
		[
			"another name",
			state({ "web/run.json": { "#spec": "service-manifest-run@1", name: "bew" } }),
			"error RUN_NAME",
		],
		[
			"a name it cannot have",
			state({ "a b/run.json": { "#spec": "service-manifest-run@1", name: "a b" } }),
			"error PART_NAME",
		],
	])("%s", (_, value, finding) => {
		expect(lintState(value).map(({ severity, code }) => `${severity} ${code}`)).toContain(finding);
	});

	test("and nothing else", () => {
		expect(lintState(state({ "a/ü b.json": {}, "web/x": HASH, "device.json": {} }))).toEqual([]);
		expect(
			lintLxcConfig(
				"# x\n\nlxc.tty.max = 8\nlxc.mount.entry = a b none bind 0 0\nlxc.cap.drop =\nlxc.cap.keep = chown\n",
				"c",
			),
		).toEqual([]);
	});
});

// docs/formats/pvr.md#adding-updating-and-installing-containers
test.each([
	[{}, []],
	[{ "groups.json": [{ name: "a" }, { name: "b" }], "device.json": { groups: [{ name: "c" }] } }, ["a", "b"]],
	[{ "device.json": { groups: [{ name: "c" }, {}, "x"] } }, ["c"]],
	[{ "groups.json.old": [{ name: "a" }], "device.json": {} }, []],
])("groups of %j", (members, names) => {
	expect(listGroups(parseState(JSON.stringify(members), "s"))).toEqual(names);
});

test.each([
	[{}, [], {}],
	[{ PV_GROUP: "app" }, ["root", "app"], {}],
	[{ PV_GROUP: "web" }, ["root", "app"], { warning: "unknown group web, expected one of root, app" }],
	[{ PV_GROUP: "web" }, [], {}],
	[{}, ["root", "app"], { group: "app", note: "runs in the default group app" }],
	[{ PV_GROUP: "", PV_RUNLEVEL: "" }, ["root"], { group: "root", note: "runs in the default group root" }],
	[{ PV_RUNLEVEL: "app" }, ["root"], {}],
])("the group for %j among %j", (args, groups, choice) => {
	expect(chooseGroup({ args: jsonObject(args as Record<string, string>) }, groups)).toEqual(choice);
});
