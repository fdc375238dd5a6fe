import { describe, expect, test } from "vitest";
import { lintLxcConfig, lintState } from "../../../src/pantavisor/rules/index.js";
import { parseState } from "../../../src/pantavisor/state/index.js";

const HASH = "ab".repeat(32);
const SPEC = { "#spec": "pantavisor-service-system@1" };

/** Codes of what a device would not take of a state, without those of containers that are not whole. */
function codes(state: object, whole = false): string[] {
	return lintState(parseState(JSON.stringify({ ...SPEC, ...state }), "state"), { whole }).map(
		({ code }) => code,
	);
}

/** A path of so many bytes below `web`, in components that are short enough. */
function pathOf(bytes: number, letter = "a"): string {
	const size = Buffer.byteLength(letter);
	let path = "web";
	while (bytes - Buffer.byteLength(path) - 1 > 240) path += `/${letter.repeat(Math.floor(200 / size))}`;
	return `${path}/${"b".repeat(bytes - Buffer.byteLength(path) - 1)}`;
}

describe("the length of a path", () => {
	test.each<[number, string, boolean]>([
		[4000, "a", true],
		[4001, "a", false],
		[4000, "ü", true],
		[4001, "ü", false],
	])("%i bytes of %s are taken: %s", (bytes, letter, taken) => {
		const path = pathOf(bytes, letter);
		expect(Buffer.byteLength(path)).toBe(bytes);
		expect(codes({ [path]: HASH }).includes("STATE_KEY_LENGTH")).toBe(!taken);
	});

	test.each<[number, boolean]>([
		[255, true],
		[256, false],
	])("a component of %i bytes is taken: %s", (bytes, taken) => {
		expect(codes({ [`web/${"a".repeat(bytes)}`]: HASH }).includes("STATE_KEY_LENGTH")).toBe(!taken);
	});
});

describe("a mount entry", () => {
	test.each([3, 4, 5, 6, 7])("of %i fields", (count) => {
		const fields = ["proc", "proc", "proc", "nodev", "0", "0", "0"].slice(0, count).join(" ");
		const found = lintLxcConfig(`lxc.mount.entry = ${fields}\n`, "web");
		expect(found.map(({ code }) => code)).toEqual(count >= 4 && count <= 6 ? [] : ["LXC_MOUNT"]);
	});
});

describe("an address in a network pool", () => {
	const inPool = (subnet: string, ip: string): boolean => {
		const device = { network: { pools: { lan: { type: "bridge", subnet } } } };
		const run = { "#spec": "service-manifest-run@1", name: "web", network: { pool: "lan", ip } };
		return !codes({ "device.json": device, "web/run.json": run }, true).includes("RUN_ADDRESS");
	};

	test.each<[string, string, boolean]>([
		["10.0.3.0/24", "10.0.3.0", true],
		["10.0.3.0/24", "10.0.3.255", true],
		["10.0.3.0/24", "10.0.4.0", false],
		["10.0.3.0/24", "10.0.2.255", false],
		["10.0.0.0/8", "10.255.255.255", true],
		["10.0.0.0/8", "11.0.0.0", false],
		["10.0.3.7/32", "10.0.3.7", true],
		["10.0.3.7/32", "10.0.3.8", false],
		["0.0.0.0/0", "192.168.1.1", true],
		// What is not a subnet says nothing.
		["10.0.3.0/33", "10.0.4.0", true],
	])("of %s: %s is in it: %s", (subnet, ip, isIn) => {
		expect(inPool(subnet, ip)).toBe(isIn);
	});
});
