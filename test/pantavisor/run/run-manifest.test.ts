import { describe, expect, test } from "vitest";
import { encodeCanonicalJson, type PlainJson, plainJson } from "../../../src/ground/json/index.js";
import { createRunManifest, encodeRunManifestText } from "../../../src/pantavisor/run/index.js";
import { renderInput, withArguments } from "../../support/rendering.js";

const run = (args: Record<string, PlainJson>): Record<string, unknown> =>
	plainJson(createRunManifest(withArguments(args))) as Record<string, unknown>;

// docs/formats/pvr.md#runjson
describe("members of newer pvr", () => {
	test("services only when an argument asks for them, whole then", () => {
		expect(run({})).not.toHaveProperty("services");
		expect(run({ PV_SERVICES_REQUIRED: [{ name: "db" }] }).services).toEqual({
			manual: [],
			required: [{ name: "db" }],
			optional: [],
		});
	});

	test("auto_recovery as given, canonical numbers", () => {
		const manifest = createRunManifest(
			withArguments({ PV_AUTO_RECOVERY: { policy: "always", backoff_factor: 1.5 } }),
		);
		expect(encodeCanonicalJson(manifest.get("auto_recovery")!)).toBe(
			'{"backoff_factor":1.5E0,"policy":"always"}',
		);
		expect(() => run({ PV_AUTO_RECOVERY: "always" })).toThrow(
			/PV_AUTO_RECOVERY: render: expected a JSON object/,
		);
	});

	test("auto_recovery from flat arguments, texts as numbers", () => {
		const flat = {
			PV_AUTO_RECOVERY_POLICY: "on-failure",
			PV_AUTO_RECOVERY_MAX_RETRIES: "3",
			PV_AUTO_RECOVERY_BACKOFF_FACTOR: 1.5,
		};
		expect(run(flat).auto_recovery).toEqual({ policy: "on-failure", max_retries: 3, backoff_factor: 1.5 });
		expect(run({ PV_AUTO_RECOVERY_MAX_RETRIES: "3" })).not.toHaveProperty("auto_recovery");
		expect(() => run({ ...flat, PV_AUTO_RECOVERY_RETRY_DELAY: "5s" })).toThrow(
			/RETRY_DELAY: render: expected a number, got "5s"/,
		);
	});

	test("network of a pool", () => {
		expect(run({ PV_NETWORK_POOL: "p" }).network).toEqual({ pool: "p", hostname: "web" });
		expect(
			run({ PV_NETWORK_POOL: "p", PV_NETWORK_HOSTNAME: "h", PV_NETWORK_IP: "10.0.0.2", PV_NETWORK_MAC: "" })
				.network,
		).toEqual({
			pool: "p",
			hostname: "h",
			ip: "10.0.0.2",
		});
		expect(run({ PV_NETWORK_HOSTNAME: "h" })).not.toHaveProperty("network");
	});
});

describe("group", () => {
	const group = (args: Record<string, PlainJson>, fallback?: string): unknown =>
		createRunManifest({ ...withArguments(args), group: fallback }).get("group");

	test("is the argument's, else the device's last unless there is a runlevel (4.6)", () => {
		expect(group({ PV_GROUP: "a" }, "b")).toBe("a");
		expect(group({}, "b")).toBe("b");
		expect(group({ PV_RUNLEVEL: "app" }, "b")).toBeUndefined();
		expect(group({})).toBeUndefined();
		expect(() => group({ PV_GROUP: 1 })).toThrow(/PV_GROUP: render: expected a string, got 1/);
		expect(() => group({ PV_RUNLEVEL: 1 })).toThrow(/PV_RUNLEVEL: render: expected a string, got 1/);
	});
});

// docs/formats/pvr.md#mistakes-that-are-corrected
describe("dm-verity", () => {
	const source = {
		base: "core",
		docker_ovl_digest: "x@sha256:0",
		dm_enabled: { "root.squashfs": true, "v.squashfs": true },
	};
	const input = (compat?: "046") =>
		renderInput({ Cmd: ["/x"] }, { ...source, args: { PV_EXTRA_VOLUMES: "v.squashfs, w.squashfs" } }, compat);

	test("marks the files that have it", () => {
		const manifest = createRunManifest(input());
		expect(manifest.get("root-volume")).toBe("root.ovl.squashfs");
		expect(manifest.get("volumes")).toEqual(["dm:v.squashfs", "w.squashfs"]);
	});

	test("pvr marks the root volume whichever image has it", () => {
		const manifest = createRunManifest(input("046"));
		expect(manifest.get("root-volume")).toBe("dm:root.ovl.squashfs");
		expect(manifest.get("volumes")).toEqual(["v.squashfs", "w.squashfs"]);
	});

	test("several volumes and quotes are valid in the text too", () => {
		const manifest = createRunManifest(
			renderInput({}, { args: { PV_EXTRA_VOLUMES: 'a"b,c', PV_GROUP: 'x"y' } }),
		);
		expect(JSON.parse(encodeRunManifestText(manifest))).toEqual(plainJson(manifest));
	});
});

test("a container that is only mounted has nothing of LXC", () => {
	const manifest = createRunManifest(
		renderInput({}, { exports: ["a"], logs: [{}], args: { PV_STATUS_GOAL: "MOUNTED", PV_ROLES: ["mgmt"] } }),
	);
	expect([...manifest.keys()]).toEqual([
		"#spec",
		"name",
		"drivers",
		"status_goal",
		"storage",
		"root-volume",
		"volumes",
	]);
});

test("every member has a text of its own that reads back", () => {
	const manifest = createRunManifest(
		renderInput(
			{ Volumes: { "/a": {} } },
			{
				exports: ["<e>"],
				logs: [{ type: "x" }],
				persistence: { "lxc-overlay": "permanent@disk" },
				args: {
					PV_CONDITIONS: [{ a: 1 }],
					PV_SERVICES_MANUAL: [{ name: "s" }],
					PV_AUTO_RECOVERY: { policy: "no" },
					PV_AUTOMODFW: "yes",
					PV_REMOUNT: { default: [] },
					PV_NETWORK_POOL: "p",
					PV_NETWORK_IP: "1.2.3.4",
					PV_NETWORK_MAC: "m",
					PV_ROLES: ["mgmt"],
				},
			},
		),
	);
	expect(JSON.parse(encodeRunManifestText(manifest))).toEqual(plainJson(manifest));
	expect(encodeRunManifestText(manifest)).toContain(
		'"network": {\n\t\t"pool": "p",\n\t\t"hostname": "web","ip": "1.2.3.4","mac": "m"\n\t},',
	);
});
