import { mkdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DemoRegistry } from "../../fixtures/demo-registry.js";
import { type JsonValue, jsonValue, type PlainJson } from "../../src/ground/json/index.js";
import { encodeState } from "../../src/pantavisor/state/index.js";
import { serveDemo, Workplace } from "../support/command-line.js";
import { FIELDS } from "../support/field.js";
import {
	changed,
	packageBytes,
	put,
	soundPart,
	testRows,
	type Verdict,
	verifyTogether,
} from "../support/gate.js";
import { type MadePackage, makePackage } from "../support/packages.js";

let place: Workplace;
let registry: DemoRegistry;
let made: MadePackage;
beforeAll(async () => {
	place = new Workplace();
	registry = await serveDemo();
	made = makePackage(await soundPart());
});
afterAll(async () => {
	await registry.close();
	place.remove();
});

const verify = async (...args: readonly string[]): Promise<string[]> => {
	const { stdout } = await place.run(["verify", ...args, "--json"]);
	return JSON.parse(stdout).findings.map(line);
};

const line = ({ severity, code, message }: Verdict["findings"][number]): string =>
	`${severity} ${code} ${message}`;

/** A package whose run.json has other members. */
function packageWith(members: PlainJson, more: Readonly<Record<string, PlainJson>> = {}): Promise<Buffer> {
	const run = made.state.get("web/run.json") as Map<string, JsonValue>;
	const document = new Map([...run, ...(jsonValue(members) as Map<string, JsonValue>)]);
	const others = Object.entries(more).map(([key, value]) => [key, jsonValue(value)] as const);
	const state = changed(made.state, { "web/run.json": document, ...Object.fromEntries(others) });
	return packageBytes({ ...made, state });
}

/** The findings about such a package. */
const withRun = async (...changes: Parameters<typeof packageWith>): Promise<string[]> =>
	verify(put(place, "run.tgz", await packageWith(...changes)));

/** Tests that packages with these members have a finding each. */
function testFindings(rows: readonly (readonly [string, PlainJson, finding: string])[]): void {
	testRows(
		rows,
		async (all) => verifyTogether(place, await Promise.all(all.map(([, members]) => packageWith(members)))),
		({ findings }, [, , finding]) => expect(findings.map(line)).toContain(finding),
	);
}

/** The same of a whole state. */
async function whole(members: Readonly<Record<string, PlainJson>>): Promise<string[]> {
	const entries = Object.entries(members).map(([key, value]) => [key, jsonValue(value)] as const);
	return verify(put(place, "state.json", encodeState(changed(made.state, Object.fromEntries(entries)))));
}

// docs/formats/devices.md#the-state-and-the-running-device
describe("run.json of a package with", () => {
	testFindings([
		[
			"roles that are a string",
			{ roles: '["nobody"]' },
			'error RUN_TYPE roles: expected a list or object, got "[\\"nobody\\"]"',
		],
		[
			"drivers that are strings",
			{ drivers: { required: "wifi" } },
			'error RUN_TYPE drivers.required: expected an array, got "wifi"',
		],
		[
			"services that are strings",
			{ services: { optional: ["x"] } },
			'error RUN_TYPE services.optional[0]: expected an object, got "x"',
		],
		[
			"a service without a name",
			{ services: { required: [{ type: "rest" }] } },
			"error RUN_TYPE services.required[0].name: expected a string, got nothing",
		],
		[
			"conditions that are a string",
			{ conditions: "x" },
			'error RUN_TYPE conditions: expected an array, got "x"',
		],
		[
			"automodfw that is a boolean",
			{ automodfw: true },
			"error RUN_TYPE automodfw: expected a string, got true",
		],
		[
			"retries in words",
			{ auto_recovery: { policy: "always", max_retries: "three" } },
			'error RUN_TYPE auto_recovery.max_retries: expected a number, got "three"',
		],
		[
			"a status goal that no device knows",
			{ status_goal: "RUNNING" },
			'error RUN_VALUE status_goal: expected one of MOUNTED, STARTED, READY, got "RUNNING"',
		],
		[
			"a restart policy that no device knows",
			{ restart_policy: "always" },
			'error RUN_VALUE restart_policy: expected one of system, container, got "always"',
		],
		[
			"an address that is none",
			{ network: { pool: "a", ip: "10.0.3.300" } },
			'error RUN_VALUE network.ip: expected an IPv4 address, got "10.0.3.300"',
		],
		[
			"an unknown role",
			{ roles: ["boss"] },
			'warning RUN_VALUE_IGNORED roles[0]: expected one of mgmt, nobody, got "boss"',
		],
		[
			"an unknown recovery policy",
			{ auto_recovery: { policy: "sometimes" } },
			'warning RUN_VALUE_IGNORED auto_recovery.policy: expected one of no, always, on-failure, unless-stopped, got "sometimes"',
		],
		[
			"an unknown service type",
			{ services: { optional: [{ name: "a", type: "smtp" }] } },
			'warning RUN_VALUE_IGNORED services.optional[0].type: expected one of rest, dbus, unix, drm, wayland, input, got "smtp"',
		],
		[
			"a volume of an unknown class",
			{ storage: { a: { persistence: "permanant" } } },
			'warning RUN_VALUE_IGNORED storage.a.persistence: expected one of permanent, revision, boot, got "permanant": devices take boot',
		],
		[
			"a volume without a class",
			{ storage: { a: {} } },
			"warning RUN_VALUE_IGNORED storage.a.persistence: expected one of permanent, revision, boot, got nothing: there is no such volume",
		],
		["an unknown member", { grup: "app" }, "warning RUN_MEMBER grup: no device reads this member"],
	]);
});

describe("what the device may have is only noted", () => {
	testFindings([
		[
			"group",
			{ group: "kitchen" },
			'note RUN_GROUP group: expected one of data, root, platform, app, got "kitchen"',
		],
		["pool", { network: { pool: "lan" } }, 'note RUN_POOL network.pool: "lan" is not in device.json'],
		[
			"disk",
			{ storage: { a: { persistence: "permanent", disk: "usb" } } },
			'note RUN_DISK storage.a.disk: "usb" is not in device.json',
		],
		[
			"service",
			{ services: { required: [{ name: "db" }] } },
			'note RUN_SERVICE services.required: no container provides "db"',
		],
	]);
});

describe("services of a package", () => {
	test("two owners of a bus name, and another #spec in services.json", async () => {
		const services = {
			"#spec": "service-manifest-xconnect@1",
			services: [{ name: "a", type: "dbus", owns: "org.x" }],
		};
		const twice = await withRun({}, { "web/services.json": services, "db/services.json": services });
		expect(twice).toContain('error SERVICES_OWNS owns "org.x", as db/services.json does');
		const elsewhere = { ...services, services: [{ ...services.services[0], bus: "my-bus" }] };
		const apart = await withRun({}, { "web/services.json": services, "db/services.json": elsewhere });
		expect(apart.join()).not.toContain("SERVICES_OWNS");
		expect(await withRun({}, { "web/services.json": { ...services, "#spec": "other" } })).toContain(
			"warning SERVICES_SPEC expected the #spec service-manifest-xconnect@1",
		);
	});

	test("a service with the name of the device's own bus", async () => {
		const services = (...list: Record<string, string>[]) => ({
			"#spec": "service-manifest-xconnect@1",
			services: list,
		});
		const shadowing = services({ name: "system-bus", type: "dbus", socket: "/run/bus" });
		expect((await withRun({}, { "web/services.json": shadowing })).join()).toContain(
			"error SERVICES_RESERVED",
		);
		const owning = services({ name: "system-bus", type: "dbus", owns: "org.x" });
		expect((await withRun({}, { "web/services.json": owning })).join()).toContain("error SERVICES_RESERVED");
		const using = services({ name: "a", type: "dbus", owns: "org.x", bus: "system-bus" });
		expect((await withRun({}, { "web/services.json": using })).join()).not.toContain("SERVICES_RESERVED");
	});
});

describe("a whole state", () => {
	const run = { "#spec": "service-manifest-run@1", name: "db" };
	const device = {
		groups: [{ name: "app" }, { name: "kitchen" }],
		network: { pools: { lan: { subnet: "10.0.3.0/24" } } },
		disks: [{ name: "usb" }],
	};

	test("must define what its containers name", async () => {
		const found = await whole({
			"db/run.json": {
				...run,
				group: "cellar",
				network: { pool: "wan" },
				storage: { a: { disk: "sd" } },
				services: { required: [{ name: "mail" }] },
			},
			"device.json": device,
		});
		expect(found).toEqual(
			expect.arrayContaining([
				'error RUN_GROUP group: expected one of app, kitchen, got "cellar"',
				'error RUN_POOL network.pool: "wan" is not in device.json',
				'error RUN_DISK storage.a.disk: "sd" is not in device.json',
				'error RUN_SERVICE services.required: no container provides "mail"',
			]),
		);
	});

	test("has addresses that are in their subnets, each once", async () => {
		const found = await whole({
			"device.json": device,
			"db/run.json": { ...run, network: { pool: "lan", ip: "10.0.4.2" } },
			"a/run.json": { ...run, name: "a", network: { pool: "lan", ip: "10.0.3.2" } },
			"b/run.json": { ...run, name: "b", network: { pool: "lan", ip: "10.0.3.2" } },
		});
		expect(found).toContain(
			'error RUN_ADDRESS network.ip: "10.0.4.2" is not in "10.0.3.0/24", the subnet of the pool lan',
		);
		expect(found.filter((finding) => finding.startsWith("error RUN_ADDRESS_TWICE"))).toHaveLength(1);
	});

	test("is in order when it does", async () => {
		const found = await whole({
			"db/run.json": {
				...run,
				config: "lxc.container.conf",
				group: "kitchen",
				network: { pool: "lan", ip: "10.0.3.2" },
				storage: { a: { disk: "usb" } },
				services: { required: [{ name: "mail" }] },
			},
			"db/lxc.container.conf": "0".repeat(64),
			"mail/services.json": {
				"#spec": "service-manifest-xconnect@1",
				services: [{ name: "mail", type: "unix", socket: "/run/m" }],
			},
			"device.json": device,
		});
		expect(found.filter((finding) => finding.startsWith("error RUN_"))).toEqual([]);
	});
});

describe("arguments are held to the same table when a container is made", () => {
	const exportWith = (...args: readonly string[]) =>
		place.run([
			"export",
			`${registry.host}/demo/app:1.0`,
			"web",
			"-p",
			"linux/amd64",
			"-o",
			"made.tgz",
			...args,
		]);

	test("lists and objects are read as JSON", async () => {
		const { code, stderr } = await exportWith(
			"--arg",
			'PV_ROLES=["nobody"]',
			"--arg",
			'PV_DRIVERS_REQUIRED=["wifi"]',
			"--arg",
			'PV_AUTO_RECOVERY={"policy":"always"}',
		);
		expect([code, stderr]).toEqual([0, expect.any(String)]);
		const { stdout } = await place.run(["inspect", "made.tgz", "--state", "--json"]);
		const document = JSON.parse(stdout);
		const run = (document.state ?? document)["web/run.json"];
		expect(run).toMatchObject({
			roles: ["nobody"],
			drivers: { required: ["wifi"] },
			auto_recovery: { policy: "always" },
		});
		expect((await place.run(["verify", "made.tgz"])).code).toBe(0);
	});

	test.each([
		["PV_ROLES=mgmt", "PV_ROLES: render: run.json: roles: expected a list or object"],
		[
			"PV_DRIVERS_REQUIRED=wifi",
			"PV_DRIVERS_REQUIRED: render: run.json: drivers.required: expected an array",
		],
		[
			"PV_SERVICES_OPTIONAL=x",
			"PV_SERVICES_OPTIONAL: render: run.json: services.optional: expected an array",
		],
		['PV_ROLES=["mgmt"', "PV_ROLES: parse JSON"],
		[
			"PV_STATUS_GOAL=RUNNING",
			"PV_STATUS_GOAL: render: run.json: status_goal: expected one of MOUNTED, STARTED, READY",
		],
		[
			"PV_RESTART_POLICY=always",
			"PV_RESTART_POLICY: render: run.json: restart_policy: expected one of system, container",
		],
	])("%s is refused", async (argument, message) => {
		const { code, stderr } = await exportWith("--arg", argument);
		expect(stderr).toContain(message);
		expect(code).toBe(3);
	});

	test("a kept cgroup namespace needs a mount of cgroup left out", async () => {
		const finding = "[LXC_CGROUP]";
		await exportWith("--arg", "PV_LXC_NAMESPACE_KEEP=user net cgroup");
		expect((await place.run(["verify", "made.tgz"])).stdout).toContain(finding);
		await place.run(["checkout", "made.tgz", "kept"]);
		const { stdout } = await place.run(["explain", "kept/web/src.json"]);
		expect(stdout).toContain("--arg LXC_MOUNT_AUTO_GROUP= leaves it out");
		await exportWith("--arg", "PV_LXC_NAMESPACE_KEEP=user net cgroup", "--arg", "LXC_MOUNT_AUTO_GROUP=");
		expect((await place.run(["verify", "made.tgz"])).stdout).not.toContain(finding);
	});

	test("an unknown key for LXC is an error of the package", async () => {
		await exportWith("--arg", "PV_LXC_EXTRA_CONF=lxc.utsname = web");
		const { code, stdout } = await place.run(["verify", "made.tgz"]);
		expect(stdout).toContain("liblxc knows no key lxc.utsname");
		expect(code).toBe(5);
	});
});

test.each(FIELDS)(
	"nothing is found in states from the field ($label) that was not found before",
	async (field) => {
		for (const name of [
			"drivers.json",
			"device.json",
			"configured.json",
			"plain.json",
			"separately-signed.json",
		]) {
			const found = await verify(field.path(name), "--no-dates");
			expect([name, found.filter((finding) => / (RUN|SERVICES)_/.test(finding))]).toEqual([name, []]);
		}
	},
);

test("commit warns of what a device would not take", async () => {
	await place.run(["init"]);
	mkdirSync(place.path("db"));
	put(place, "db/run.json", '{"#spec":"service-manifest-run@1","name":"db","status_goal":"RUNNING"}');
	await place.run(["add", "db/run.json"]);
	const { code, stderr } = await place.run(["commit"]);
	expect(stderr).toContain("db/run.json: status_goal: expected one of MOUNTED, STARTED, READY");
	expect(code).toBe(0);
});
