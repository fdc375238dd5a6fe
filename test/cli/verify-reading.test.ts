import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Content } from "../../src/ground/bytes/index.js";
import { encodeCanonicalJson, jsonValue, type PlainJson } from "../../src/ground/json/index.js";
import { bytesObject } from "../../src/pantavisor/package/index.js";
import { localSigner, partSelection, signState } from "../../src/pantavisor/signing/index.js";
import { encodeState, type State } from "../../src/pantavisor/state/index.js";
import type { Workplace } from "../support/command-line.js";
import {
	changed,
	put,
	rawPackage,
	soundPart,
	type TestKey,
	testRows,
	trustedPlace,
	type Verdict,
	verifyTogether,
} from "../support/gate.js";
import { type MadePackage, makePackage } from "../support/packages.js";

// What a device makes of a state is not always what the state says (docs/formats/devices.md#the-state-and-the-running-device).

let place: Workplace;
let key: TestKey;
let made: MadePackage;
beforeAll(async () => {
	({ place, key } = trustedPlace());
	made = makePackage(await soundPart());
});
afterAll(() => place.remove());

async function verify(bytes: Buffer, ...args: readonly string[]) {
	put(place, "web.tgz", bytes);
	const { code, stdout } = await place.run(["verify", "web.tgz", "--json", ...args]);
	return { code, errors: errorsOf(JSON.parse(stdout)) };
}

function errorsOf({ findings }: Pick<Verdict, "findings">): string[] {
	const errors = findings.filter(({ severity }) => severity === "error");
	return errors.map((one) => `${one.code} ${one.subject}`);
}

interface Changes {
	/** Members of run.json; undefined: gone. */
	readonly run?: Readonly<Record<string, PlainJson | undefined>>;
	/** Documents of the state. */
	readonly documents?: Readonly<Record<string, PlainJson>>;
	/** Objects of the state, by their keys. */
	readonly files?: Readonly<Record<string, string>>;
	/** What nobody signed. */
	readonly unsigned?: Readonly<Record<string, PlainJson>>;
}

const documents = (members: Readonly<Record<string, PlainJson>> = {}) =>
	Object.fromEntries(Object.entries(members).map(([name, value]) => [name, jsonValue(value)]));

/** A package that its owner signed after the changes, but for what is unsigned. */
async function changedPackage({ run = {}, documents: more, files = {}, unsigned }: Changes): Promise<Buffer> {
	const objects = new Map<string, Content>(made.objects);
	const references: Record<string, string> = {};
	for (const [name, text] of Object.entries(files)) {
		const object = bytesObject(Buffer.from(text));
		objects.set(object.sha256, object);
		references[name] = object.sha256;
	}
	const document = new Map(made.state.get("web/run.json") as State);
	for (const [name, value] of Object.entries(run)) {
		if (value === undefined) document.delete(name);
		else document.set(name, jsonValue(value));
	}
	const state = changed(made.state, { "web/run.json": document, ...documents(more), ...references });
	const task = { name: "web", selection: partSelection("web") };
	const signed = await signState(state, task, localSigner(key.key));
	return rawPackage(changed(signed, documents(unsigned)), objects);
}

const TRUSTED = ["--pubkey", "trusted.pem"];

const verifyChanged = async (changes: Changes) => verify(await changedPackage(changes), ...TRUSTED);

/** Tests that each of these packages has just these errors. */
function testErrors(
	rows: readonly (readonly [string, Changes, ...errors: string[]])[],
	args: readonly string[] = TRUSTED,
): void {
	testRows(
		rows,
		async (all) => {
			const packages = await Promise.all(all.map(([, changes]) => changedPackage(changes)));
			return verifyTogether(place, packages, ...args);
		},
		(verdict, [, , ...errors]) => {
			expect([verdict.ok, errorsOf(verdict)]).toEqual([errors.length === 0, errors]);
		},
	);
}

const JUNK = "no image";
const UNKNOWN = "lxc.unknown = 1\n";

describe("what run.json names is looked at, whatever its name", () => {
	test("a package without changes is sound", async () => {
		expect(await verifyChanged({})).toEqual({ code: 0, errors: [] });
	});

	testErrors([
		[
			"a configuration of another name",
			{ run: { config: "own.conf" }, files: { "web/own.conf": UNKNOWN } },
			"LXC_KEY web/own.conf: line 1",
		],
		[
			"a configuration after a megabyte of comments",
			{ files: { "web/lxc.container.conf": `${"#\n".repeat(1 << 19)}${UNKNOWN}` } },
			"LXC_SIZE web/lxc.container.conf",
		],
		[
			"a volume in a directory",
			{ run: { "root-volume": "a/root.squashfs" }, files: { "web/a/root.squashfs": JUNK } },
			"IMAGE_SHORT web/a/root.squashfs",
		],
		[
			"a volume of another kind",
			{ run: { "root-volume": "root.img" }, files: { "web/root.img": JUNK } },
			"VOLUME_TYPE web/root.img",
		],
		[
			"a volume without an ending",
			{ run: { volumes: ["root"] }, files: { "web/root": JUNK } },
			"VOLUME_TYPE web/root",
		],
		[
			"a volume that is a document",
			{ run: { "root-volume": "root.json" }, documents: { "web/root.json": { a: 1 } } },
			"RUN_FILE web/run.json",
		],
		[
			"an image that is a document",
			{ documents: { "web/root.squashfs": { a: 1 } } },
			"RUN_FILE web/run.json",
		],
		[
			"a configuration that is a document",
			{ run: { config: "own.json" }, documents: { "web/own.json": ["lxc.uts.name = x"] } },
			"RUN_FILE web/run.json",
		],
		["no configuration", { run: { config: undefined } }, "RUN_FILE web/run.json"],
		[
			"a missing volume in a run.json without #spec",
			{ run: { "#spec": undefined, "root-volume": "none.squashfs" } },
			"RUN_FILE web/run.json",
		],
	]);

	test("a container that is only mounted has no configuration", async () => {
		expect(await verifyChanged({ run: { type: undefined, config: undefined } })).toEqual({
			code: 0,
			errors: [],
		});
	});

	test("a volume of another kind may be allowed", async () => {
		const bytes = await changedPackage({ run: { volumes: ["a.ext4"] }, files: { "web/a.ext4": JUNK } });
		expect((await verify(bytes)).code).toBe(5);
		expect(await verify(bytes, "--allow-unchecked")).toEqual({ code: 0, errors: [] });
	});

	test("files and directories that are bound are no images", async () => {
		expect(
			await verifyChanged({ run: { volumes: ["motd.bind"] }, files: { "web/motd.bind": "hello" } }),
		).toEqual({ code: 0, errors: [] });
	});
});

describe("documents that devices look for", () => {
	testErrors([
		["a run.json that is an object", { files: { "web/run.json": "{}" } }, "STATE_DOCUMENT web/run.json"],
		[
			"a run.json in a directory",
			{ documents: { "web/a/run.json": { name: "other", type: "lxc" } } },
			"RUN_PLACE web/a/run.json",
		],
		[
			"a run.json among the configuration",
			{ documents: { "_config/web/run.json": { group: "root" } } },
			"RUN_PLACE _config/web/run.json",
		],
		[
			"a run.json among the configuration that is an object",
			{ files: { "_config/web/etc/run.json": "{}" } },
			"RUN_PLACE _config/web/etc/run.json",
		],
		[
			"a device's document inside one that nobody signed",
			{ unsigned: { "web/src.json": { "#spec": "x", args: { "device.json": { groups: [] } } } } },
			"STATE_HIDDEN web/src.json",
		],
		[
			"the name of one among strings",
			{ unsigned: { "web/src.json": ["bsp/run.json", "bsp/run.json"] } },
			"STATE_HIDDEN web/src.json",
		],
		[
			"mount options for a container inside one that nobody signed",
			{
				unsigned: { "web/src.json": { args: { "web/run.json": { remount: { default: [{ "/": "rw" }] } } } } },
			},
			"STATE_HIDDEN web/src.json",
		],
		[
			"mount options under the name that devices look for",
			{ unsigned: { "web/src.json": ["web/run.jso", { remount: { default: [{ "/": "rw" }] } }] } },
			"STATE_HIDDEN web/src.json",
		],
		[
			"mount options for a container that the device has from elsewhere",
			{ unsigned: { "web/src.json": { "os/run.json": { remount: { default: [{ "/": "rw" }] } } } } },
			"STATE_HIDDEN web/src.json",
		],
	]);

	test("a run.json that belongs to no container is passed over", async () => {
		const changes = { documents: { "_config/web/etc/run.json": { jobs: 3 } } };
		expect(await verifyChanged(changes)).toEqual({ code: 0, errors: [] });
	});

	test("a device's documents stand in the state themselves", async () => {
		const state = changed(made.state, { "device.json": "0".repeat(64), "groups.json": jsonValue([]) });
		const { errors } = await verify(rawPackage(state, made.objects));
		expect(errors).toEqual(["STATE_DOCUMENT device.json", "OBJECT_MISSING device.json"]);
	});
});

const SYSTEM = {
	"#spec": "bsp-manifest@1",
	addons: [],
	initrd: "pantavisor",
	initrd_config: "",
	linux: "kernel.img",
};
const FILES = { "bsp/kernel.img": "kernel", "bsp/pantavisor": "initrd" };

/** What verify says of a package with the system beside the container. */
const verifySystem = async (run: Readonly<Record<string, PlainJson>>, files: Changes["files"] = FILES) =>
	verify(await changedPackage({ documents: { "bsp/run.json": run }, files }));

describe("what a system starts with", () => {
	test("is in the package", async () => {
		expect(await verifySystem(SYSTEM)).toEqual({ code: 0, errors: [] });
	});

	const named = ["linux", "initrd", "fdt", "firmware", "modules", "modules_6.1.0"];
	const missing: readonly (readonly [string, Record<string, PlainJson>])[] = [
		...named.map((name) => [name, { [name]: "none" }] as const),
		["fit", { fit: "none.fit" }],
		["rpiab", { rpiab: "none.img.gz" }],
		["addons", { addons: ["none.cpio.xz4"] }],
	];
	testErrors(
		missing.map(([name, run]) => [
			name,
			{ documents: { "bsp/run.json": { ...SYSTEM, ...run } }, files: FILES },
			"RUN_FILE bsp/run.json",
		]),
		[],
	);

	test("a device that starts a FIT image looks for no kernel beside it", async () => {
		const files = { "bsp/pantavisor.fit": "fit" };
		expect(await verifySystem({ ...SYSTEM, fit: "pantavisor.fit" }, files)).toEqual({ code: 0, errors: [] });
	});
});

describe("members that devices find by the first string of their names", () => {
	const hiding: readonly (readonly [string, Record<string, PlainJson>])[] = [
		["a hostname hides the mode", { network: { hostname: "mode", mac: "02:00:00:00:00:01", mode: "host" } }],
		["a hostname is the name of the pool", { network: { hostname: "pool", mode: "host" } }],
		[
			"a service has the name of a member",
			{ services: { required: [{ interface: "role", name: "x", role: "nobody" }] } },
		],
		["a driver is the name of a list", { drivers: { manual: ["required"], optional: [], required: [] } }],
		["a policy is its own name", { auto_recovery: { policy: "policy" } }],
		["a disk is its own name", { storage: { data: { disk: "disk", persistence: "boot" } } }],
		["a member begins as one that devices read", { status_goals: "STARTED" }],
	];
	testErrors(hiding.map(([name, run]) => [`in run.json: ${name}`, { run }, "STATE_MISREAD web/run.json"]));

	const GROUP = { name: "app", restart_policy: "container", status_goal: "STARTED", timeout: 30 };

	const misread: readonly (readonly [string, string, PlainJson])[] = [
		[
			"a group hides the network",
			"device.json",
			{ groups: [{ ...GROUP, name: "network" }], network: { pools: {} } },
		],
		["a group is the name of the disks", "device.json", { groups: [{ ...GROUP, name: "disks" }] }],
		["a description hides the timeout", "groups.json", [{ description: "timeout", ...GROUP }]],
		["a disk hides its type", "disks.json", [{ name: "type", path: "/dev/sda", type: "directory" }]],
		[
			"a pool's bridge hides the subnet",
			"device.json",
			{
				groups: [GROUP],
				network: { pools: { a: { bridge: "subnet", gateway: "10.0.3.1", subnet: "10.0.3.0/24" } } },
			},
		],
		["a system names itself", "bsp/run.json", { ...SYSTEM, linux: "linux" }],
		[
			"a service hides its type",
			"web/services.json",
			{ services: [{ name: "type", socket: "/run/a", type: "unix" }] },
		],
	];
	const files = { ...FILES, "bsp/linux": "kernel" };
	testErrors(
		misread.map(([name, key, document]) => [
			name,
			{ documents: { [key]: document }, files },
			`STATE_MISREAD ${key}`,
		]),
		[],
	);

	test("names that hide nothing, or stand right before the member, are fine", async () => {
		const run = {
			network: { hostname: "mode", mode: "host" },
			services: { required: [{ name: "network", type: "unix" }], optional: [] },
			storage: { mode: { disk: "network", persistence: "permanent" } },
		};
		const dual = { disks: ["a", "b"], init_order: ["primary"], name: "both", type: "dual" };
		const device = {
			disks: [{ name: "a", path: "a", type: "directory" }],
			disks_v3: [dual],
			groups: [GROUP],
			network: {
				pools: { lan: { type: "bridge", bridge: "br0", gateway: "10.0.3.1", subnet: "10.0.3.0/24" } },
			},
			volumes: { "pv--devmeta": { disk: "both", persistence: "permanent" } },
		};
		const { errors } = await verify(await changedPackage({ run, documents: { "device.json": device } }));
		expect(errors).toEqual([]);
	});

	test.each(["device", "bsp/run.js", "groups.jso"])("the key %s is passed over", async (key) => {
		put(place, "web.tgz", await changedPackage({ files: { [key]: "x" } }));
		const { stdout } = await place.run(["verify", "web.tgz", "--json"]);
		expect(JSON.parse(stdout).findings).toContainEqual(
			expect.objectContaining({ code: "STATE_KEY_PASSED_OVER", severity: "warning", subject: key }),
		);
	});
});

describe("what is beside the signatures", () => {
	const PATTERNS = Buffer.from('{"pvs":{"include":["bsp/"],"exclude":[]},"typ":"x"}').toString("base64url");

	test.each<[string, Record<string, PlainJson>]>([
		["is a signature of another #spec", { "_sigs/web-.json": { "#spec": "pvs@1", protected: PATTERNS } }],
		["has patterns for the importer", { "_sigs/web-.json": { protected: PATTERNS } }],
		["has none", { "_sigs/a": "0".repeat(64) }],
	])("needs a signature where it %s", async (_, unsigned) => {
		const { code, errors } = await verifyChanged({ unsigned });
		expect(code).toBe(5);
		expect(errors).toContain(`TRUST_UNCOVERED ${Object.keys(unsigned)[0]}`);
	});

	test("a signature under another name would outlive an update", async () => {
		const signed = await signState(
			made.state,
			{ name: "web", selection: partSelection("web") },
			localSigner(key.key),
		);
		const copied = changed(signed, { "_sigs/copy.json": signed.get("_sigs/web.json") });
		const moved = new Map([...copied].filter(([name]) => name !== "_sigs/web.json"));
		for (const state of [copied, moved]) {
			const { code, errors } = await verify(rawPackage(state, made.objects), "--pubkey", "trusted.pem");
			expect(code).toBe(5);
			expect(errors).toContain("SIGNATURE_MOVED _sigs/copy.json");
		}
	});

	test("two signatures of one file are a warning: the importer doubles the file at the next update", async () => {
		const selection = partSelection("web");
		const exclude = selection.exclude.map((one) => one.replace("_sigs/web.json", "_sigs/more.json"));
		const signer = localSigner(key.key);
		const once = await signState(made.state, { name: "web", selection }, signer);
		const twice = await signState(once, { name: "more", selection: { ...selection, exclude } }, signer);
		put(place, "twice.tgz", rawPackage(twice, made.objects));
		const { code, stdout } = await place.run(["verify", "twice.tgz", "--json"]);
		expect(code).toBe(0);
		expect(JSON.parse(stdout).findings).toContainEqual(
			expect.objectContaining({ code: "SIGNATURE_TWICE", severity: "warning", subject: "_sigs/web.json" }),
		);
	});

	test("a signature that is a container as well is refused", async () => {
		const signed = await signState(
			made.state,
			{ name: "web", selection: partSelection("web") },
			localSigner(key.key),
		);
		const copy = changed(signed.get("_sigs/web.json") as State, { name: "web", roles: jsonValue(["mgmt"]) });
		const state = changed(signed, { "_sigs/run.json": new Map(copy) });
		const { errors } = await verify(rawPackage(state, made.objects), "--pubkey", "trusted.pem");
		expect(errors).toContain("RUN_PLACE _sigs/run.json");
	});

	test("a signature of a part that is called run is none", async () => {
		const part = await soundPart("run");
		const { state, objects } = makePackage(part);
		const task = { name: "run", selection: partSelection("run") };
		const signed = await signState(state, task, localSigner(key.key));
		expect(await verify(rawPackage(signed, objects), "--pubkey", "trusted.pem")).toEqual({
			code: 0,
			errors: [],
		});
	});

	test("an object that no key names must be what its name says: importers keep it", async () => {
		const objects = new Map(made.objects).set("a".repeat(64), bytesObject(Buffer.from("other")));
		const { code, errors } = await verify(rawPackage(made.state, objects));
		expect(code).toBe(5);
		expect(errors).toEqual([`OBJECT_HASH objects/${"a".repeat(64)}`]);
	});
});

describe("the text of an unsigned state, as importers read it", () => {
	const text = () => encodeState(made.state);

	test.each<[string, (text: string) => string, string]>([
		[
			"an escape in a key",
			(state) => state.replace('"web/run.json"', '"web\\/run.json"'),
			"STATE_SPELLING json",
		],
		["an escaped #spec", (state) => state.replace('"#spec"', '"\\u0023spec"'), "STATE_SPELLING json"],
		[
			"an escape in a value",
			(state) => state.replace('"name":"web"', '"name":"\\u0077eb"'),
			"STATE_SPELLING json",
		],
		[
			"a number in another form",
			(state) => state.replace('"name":', '"dev-log":1e0,"name":'),
			"STATE_SPELLING json",
		],
	])("%s", async (_, change, error) => {
		const { code, errors } = await verify(rawPackage(change(text()), made.objects));
		expect(code).toBe(5);
		expect(errors).toContain(error);
	});

	test("another key than #spec first", async () => {
		const [spec, ...others] = [...made.state].map(
			([name, value]) => `${encodeCanonicalJson(name)}:${encodeCanonicalJson(value)}`,
		);
		const { code, errors } = await verify(rawPackage(`{${[...others, spec].join(",")}}`, made.objects));
		expect({ code, errors }).toEqual({ code: 5, errors: [`STATE_KEY_ORDER ${[...made.state.keys()][1]}`] });
	});

	test("blanks and line breaks are harmless", async () => {
		const laidOut = JSON.stringify(JSON.parse(text()), undefined, 2);
		expect(await verify(rawPackage(laidOut, made.objects))).toEqual({ code: 0, errors: [] });
	});
});
