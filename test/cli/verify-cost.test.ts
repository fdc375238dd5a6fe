import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bufferContent } from "../../src/ground/bytes/index.js";
import { JsonNumber, type JsonValue, jsonObject } from "../../src/ground/json/index.js";
import { bytesObject } from "../../src/pantavisor/package/index.js";
import type { Workplace } from "../support/command-line.js";
import { put, rawPackage, trustedPlace } from "../support/gate.js";

let place: Workplace;
beforeAll(() => {
	({ place } = trustedPlace());
});
afterAll(() => place.remove());

const HASH = "0".repeat(63);
const SPEC = ["#spec", "pantavisor-service-system@1"] as const;

/** Keys of as many containers, each with an object that is not there. */
const many = (count: number): [string, string][] =>
	Array.from({ length: count }, (_, i) => [`c${i}/file`, `${HASH}${i % 10}`]);

function signature(
	include: readonly string[],
	header: object = { alg: "RS256", pvs: { include, exclude: [] }, typ: "PVS" },
): JsonValue {
	return jsonObject({
		"#spec": "pvs@2",
		protected: Buffer.from(JSON.stringify(header)).toString("base64url"),
		signature: "AAAA",
	});
}

/** Verifies a package; the test's own time limit is the one that counts. */
async function verify(name: string, members: readonly (readonly [string, JsonValue])[]) {
	const text = `{${[SPEC, ...members].map(([key, value]) => `${JSON.stringify(key)}:${encode(value)}`).join(",")}}`;
	put(place, name, rawPackage(text, new Map([["f".repeat(64), bufferContent(Buffer.alloc(0))]])));
	return place.run(["verify", name, "--pubkey", "trusted.pem"]);
}

function encode(value: JsonValue): string {
	if (value instanceof JsonNumber) return value.literal;
	if (value instanceof Map)
		return `{${[...value].map(([k, v]) => `${JSON.stringify(k)}:${encode(v)}`).join(",")}}`;
	return Array.isArray(value) ? `[${value.map(encode).join(",")}]` : JSON.stringify(value);
}

// Each input at ten times the size that held 0.1.0 for minutes.
describe("a small package does not hold verify for long", () => {
	const braces = (length: number): string[] => {
		const pattern = `${"{a,b}".repeat(9)}/**`;
		return Array.from({ length: Math.ceil(length / pattern.length) }, () => pattern);
	};

	test("200 KB of brace patterns", async () => {
		const containers = Array.from({ length: 200 }, (_, i) => [`c${i}/run.json`, jsonObject({})] as const);
		const { code, stdout } = await verify("braces.tgz", [
			["_sigs/a.json", signature(braces(200_000))],
			...containers,
		]);
		expect(code).toBe(5);
		expect(stdout).toContain("more alternatives than the limit of 4096");
	});

	test("long patterns whose braces make thousands of them", async () => {
		const pattern = `${"{a,b}".repeat(10)}*${"x".repeat(4000)}`;
		const { code, stdout } = await verify("long.tgz", [["_sigs/a.json", signature(Array(4).fill(pattern))]]);
		expect(code).toBe(5);
		expect(stdout).toContain("more wildcard characters than the limit of 65536");
	});

	test("signatures that have many patterns each", async () => {
		const pattern = `${"{a,b}".repeat(10)}*${"x".repeat(20)}`;
		const signatures = Array.from(
			{ length: 200 },
			(_, i) => [`_sigs/${i}.json`, signature([pattern, pattern])] as const,
		);
		const { code, stderr } = await verify("many-long.tgz", signatures);
		expect(code).toBe(3);
		expect(stderr).toContain("the limit of 134217728");
	});

	test.each([
		["escaped letters, which devices do not decode", "\\u0061", 2_000_000, 5],
		["escapes that are canonical", "\\n", 4_000_000, 0],
		["letters", "a", 14_000_000, 0],
	])("a string of millions of %s", async (_, piece, count, expected) => {
		const text = `{"#spec": "pantavisor-service-system@1","web/x.json":{"a":"${piece.repeat(count)}"}}`;
		put(place, "string.tgz", rawPackage(text, new Map()));
		const { code, stdout } = await place.run(["verify", "string.tgz", "--no-trust"]);
		expect(code).toBe(expected);
		expect(stdout.includes("spells")).toBe(expected === 5);
	});

	test("millions of numbers inside hundreds of lists", async () => {
		const list = `${"[".repeat(500)}${"1,".repeat(7_000_000)}1${"]".repeat(500)}`;
		const text = `{"#spec":"pantavisor-service-system@1","device.json":{"groups":[],"x":${list}}}`;
		put(place, "lists.tgz", rawPackage(text, new Map()));
		const { code } = await place.run(["verify", "lists.tgz", "--no-trust"]);
		expect(code).toBe(0);
	}, 120_000);

	test("a chain of more certificates than any has", async () => {
		const header = {
			alg: "RS256",
			pvs: { include: ["**"], exclude: [] },
			x5c: Array(1000).fill("AAAA"),
			typ: "PVS",
		};
		const { code, stdout } = await verify("chain.tgz", [["_sigs/a.json", signature(["**"], header)]]);
		expect(code).toBe(5);
		expect(stdout).toContain("at most the limit of 32 certificates");
	});

	test("one pattern of 200 KB", async () => {
		const { code, stdout } = await verify("deep.tgz", [["_sigs/a.json", signature(["{a}".repeat(70_000)])]]);
		expect(code).toBe(5);
		expect(stdout).toContain("longer than the limit of 4096 characters");
	});

	test("many patterns, many keys", async () => {
		const include = Array.from({ length: 4000 }, (_, i) => `*a*b*c*${i}*`);
		const { code, stderr } = await verify("product.tgz", [
			["_sigs/a.json", signature(include)],
			...many(40_000),
		]);
		expect(code).toBe(3);
		expect(stderr).toContain("the limit of 134217728");
	});

	test("many signatures over everything", async () => {
		const signatures = Array.from(
			{ length: 1000 },
			(_, i) => [`_sigs/${i}.json`, signature(["**"])] as const,
		);
		const { code, stderr } = await verify("signatures.tgz", [...signatures, ...many(1000)]);
		expect(code).toBe(3);
		expect(stderr).toContain("the limit of 256");
	});

	test("40,000 keys without objects", async () => {
		const { code, stdout } = await verify("keys.tgz", many(40_000));
		expect(code).toBe(5);
		expect(stdout).toContain("[OBJECT_MISSING]");
	});

	test("400,000 keys without objects", async () => {
		const { code, stderr } = await verify("more-keys.tgz", many(400_000));
		expect(code).toBe(3);
		expect(stderr).toContain("the limit of 16777216");
	});

	test("400,000 numbers with a large exponent", async () => {
		const numbers = Array.from({ length: 400_000 }, () => new JsonNumber("1e9999"));
		const { code, stderr } = await verify("numbers.tgz", [["a/b.json", numbers]]);
		expect(code).toBe(3);
		expect(stderr).toContain("the limit of 1048576");
	});

	test("a configuration of 5,000 wrong lines that 100 containers have", async () => {
		const conf = bytesObject(Buffer.from("x\n".repeat(5000)));
		const keys = Array.from({ length: 100 }, (_, at) => `"c${at}/lxc.container.conf":"${conf.sha256}"`);
		const text = `{"#spec":"pantavisor-service-system@1",${keys.join(",")}}`;
		put(place, "wrong-lines.tgz", rawPackage(text, new Map([[conf.sha256, conf]])));
		const { code, stderr } = await place.run(["verify", "wrong-lines.tgz"]);
		expect(code).toBe(3);
		expect(stderr).toContain("more findings than the limit of 65536");
	});

	test("more containers than any device has", async () => {
		const containers = Array.from({ length: 1025 }, (_, at) => [`c${at}/run.json`, jsonObject({})] as const);
		const { code, stderr } = await verify("containers.tgz", containers);
		expect(code).toBe(3);
		expect(stderr).toContain("1025 containers, expected at most the limit of 1024");
	});

	test("a megabyte of empty lines in a configuration", async () => {
		const conf = bufferContent(Buffer.from(`${"\n".repeat(1_000_000)}lxc.uts.name = web\n`));
		const text = `{"#spec":"pantavisor-service-system@1","web/lxc.container.conf":"${HASH}1","web/run.json":{"#spec":"service-manifest-run@1","name":"web","network":{"pool":"a"}}}`;
		put(place, "lines.tgz", rawPackage(text, new Map([[`${HASH}1`, conf]])));
		expect((await place.run(["verify", "lines.tgz"])).code).toBe(5);
	});
});
