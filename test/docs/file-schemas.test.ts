import { generateKeyPairSync } from "node:crypto";
import { readdirSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseBudgets } from "../../src/compare/report/index.js";
import { isJsonObject, parseJson } from "../../src/ground/json/index.js";
import { parseLock } from "../../src/image/lock/index.js";
import { explainPart } from "../../src/pantavisor/lxc/index.js";
import { parseProject } from "../../src/pantavisor/project/index.js";
import { ARGUMENTS, parseArgument, parseSourceManifest } from "../../src/pantavisor/source/index.js";
import { parsePolicy } from "../../src/verify/index.js";
import { FIELDS, tarMembers } from "../support/field.js";
import { readSchema, SCHEMA_FOLDER, schemaProblems } from "../support/schemas.js";

const DIGEST = `sha256:${"a1".repeat(32)}`;
const HEX = "b2".repeat(32);

/** A file of each kind that has every member. */
const WHOLE = {
	src: {
		"#spec": "service-manifest-src@1",
		template: "builtin-lxc-docker",
		args: { PV_GROUP: "app", PV_LXC_CAP_DROP: ["sys_time"], PV_AUTO_RECOVERY_MAX_RETRIES: 5 },
		dm_enabled: { "root.squashfs": true },
		logs: [{ file: "/var/log/syslog" }],
		exports: ["/run/socket"],
		config: { Entrypoint: ["/bin/app"] },
		docker_name: "nginx",
		docker_tag: "1.27",
		docker_digest: `nginx@${DIGEST}`,
		docker_source: "remote,local",
		docker_config: { Cmd: ["nginx"] },
		docker_platform: "linux/arm64",
		format_options: "-comp xz",
		pvr_digest: true,
		persistence: { "/data": "permanent", "ovl:/etc": "revision@disk" },
		run: { drivers: {} },
		pv_build_origin: "meta-pantavisor",
	},
	pvpkg: {
		name: "web",
		version: "1.0",
		platforms: ["linux/arm/v7", "linux/arm64"],
		budgets: {
			"*": { package: "64M", growth: "2%", ota: { warn: "6M", max: "8M" }, file: { "usr/lib/**": "5M" } },
			arm32v6: { files: 20000 },
		},
		description: "kept, and packed",
	},
	"pvpkg.lock": {
		lockVersion: 1,
		pvpkg: "0.2.0",
		images: {
			"nginx:1.27": {
				image: `nginx:1.27@${DIGEST}`,
				mediaType: "application/vnd.oci.image.index.v1+json",
				resolved: DIGEST,
				size: 1234,
				platforms: {
					"linux/arm/v7": {
						platform: "linux/arm/v7",
						manifest: { mediaType: "a/b", digest: DIGEST, size: 12 },
						config: { mediaType: "a/b", digest: DIGEST, size: 12 },
						layers: [{ mediaType: "a/b", digest: DIGEST, size: 12, diffId: DIGEST }],
						signatures: [{ key: DIGEST, digest: DIGEST, form: "bundle", identity: "nginx" }],
					},
				},
			},
		},
		outputs: {
			arm32v7: {
				pvpkg: "0.2.0",
				engine: HEX,
				options: { tier: "best", times: { maximum: 7 } },
				package: { sha256: HEX, size: 1 },
				unsigned: HEX,
				objects: { "web/root.squashfs": { sha256: HEX, size: 1 } },
			},
		},
	},
	policy: {
		spec: "pvpkg/policy@1",
		sign: [{ keys: ["release.pem"], for: ["**"], algorithms: ["ES256"], minRsaBits: 3072 }],
		unsigned: ["_config/**"],
		require: ["provenance"],
		attest: [{ keys: ["builders.pem"], builders: ["https://ci.example/*"], images: ["docker.io/library/*"] }],
	},
} as const;

type Name = keyof typeof WHOLE;
const NAMES = Object.keys(WHOLE) as Name[];
const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** Reads a file as pvpkg does. */
const READERS: Readonly<Record<Name, (value: unknown) => unknown>> = {
	src: (value) => parseSourceManifest(bytes(value), "src.json"),
	pvpkg: (value) => {
		const { document } = parseProject(bytes(value), "pvpkg.json");
		const budgets = document.get("budgets");
		return budgets === undefined ? [] : parseBudgets(budgets, "pvpkg.json", ["budgets"]);
	},
	"pvpkg.lock": (value) => parseLock(bytes(value), "pvpkg.lock.json"),
	policy: (value) =>
		parsePolicy(bytes(value), "policy.json", { readFile: () => PUBLIC_KEY, time: undefined }),
};
const PUBLIC_KEY = Buffer.from(
	generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "pem", type: "spki" }),
);

/** Every place of a value that can be changed, as the path to it. */
function places(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
	const below = Array.isArray(value)
		? value.flatMap((item, at) => places(item, [...path, at]))
		: value !== null && typeof value === "object"
			? Object.entries(value).flatMap(([name, member]) => places(member, [...path, name]))
			: [];
	return [path, ...below];
}

function changed(value: unknown, [first, ...rest]: readonly (string | number)[], to: unknown): unknown {
	if (first === undefined) return to;
	const copy = Array.isArray(value) ? [...value] : { ...(value as object) };
	(copy as Record<string | number, unknown>)[first] = changed((copy as never)[first], rest, to);
	return copy;
}

describe.each(NAMES)("docs/schemas/%s.schema.json", (name) => {
	test("accepts a file with every member, which pvpkg reads", () => {
		expect(schemaProblems(name, WHOLE[name])).toEqual([]);
		expect(() => READERS[name](WHOLE[name])).not.toThrow();
	});

	test("refuses whatever pvpkg refuses for its type", () => {
		const wrong = fc.constantFrom<unknown>(7.5, -1, true, "a\u0000", [], {}, ["x", 1], { x: [] }, null);
		fc.assert(
			fc.property(fc.constantFrom(...places(WHOLE[name])), wrong, (place, value) => {
				const file = changed(WHOLE[name], place, value);
				let refusal: unknown;
				try {
					READERS[name](file);
				} catch (error) {
					refusal = error;
				}
				// Entries of a policy without keys, control characters and numbers in texts are no matter of types.
				if (refusal === undefined || /neither|one line|a size|a count/.test(String(refusal))) return;
				expect(schemaProblems(name, file), `${place.join(".")} = ${JSON.stringify(value)}`).not.toEqual([]);
			}),
			{ numRuns: 600 },
		);
	});
});

test("members that nothing reads are refused, except where pvpkg keeps them", () => {
	expect(schemaProblems("src", { ...WHOLE.src, docker_nmae: "x" })).not.toEqual([]);
	expect(schemaProblems("src", { ...WHOLE.src, args: { PV_GRUOP: "x" } })).not.toEqual([]);
	expect(schemaProblems("policy", { ...WHOLE.policy, signs: [] })).not.toEqual([]);
	expect(schemaProblems("pvpkg", { budgets: { "*": { packages: "1M" } } })).not.toEqual([]);
	expect(schemaProblems("pvpkg", { name: "web", maintainer: "me" })).toEqual([]);
	expect(schemaProblems("pvpkg.lock", { ...WHOLE["pvpkg.lock"], later: 1 })).toEqual([]);
});

test("every argument is read as its schema says", () => {
	for (const [argument, { example }] of ARGUMENTS) {
		const value = JSON.parse(JSON.stringify({ args: { [argument]: example } }));
		expect(schemaProblems("src", value), argument).toEqual([]);
		const args = new Map([[argument, parseArgument(argument, example)]]);
		expect(() => explainPart({ name: "web", source: { args } }), argument).not.toThrow();
	}
});

test.each(FIELDS)("src.json files of the field are valid: $label", (field) => {
	const states = ["signed.tgz", "unsigned.tar"].map((name) => {
		const file = field.read(name);
		return tarMembers(name.endsWith(".tgz") ? gunzipSync(file) : file).get("json")!;
	});
	const sources = states.flatMap((state) => {
		return Object.entries(JSON.parse(state.toString())).filter(([key]) => key.endsWith("/src.json"));
	});
	expect(sources.length).toBeGreaterThan(0);
	for (const [key, source] of sources) expect(schemaProblems("src", source), key).toEqual([]);
});

test("documents have one vocabulary", () => {
	const files = readdirSync(SCHEMA_FOLDER).map((file) => file.replace(".schema.json", ""));
	for (const name of files.filter((file) => !NAMES.includes(file as Name))) {
		const schema = parseJson(JSON.stringify(readSchema(name)), name);
		expect(isJsonObject(schema)).toBe(true);
		const text = JSON.stringify(readSchema(name));
		expect(text, name).not.toMatch(/"(bytes|bytesUsed|fetchBytes|hash|filename)":\{/);
		for (const [, type] of text.matchAll(/"platform":\{([^{}]*)\}/g))
			expect(type, name).toMatch(/PlatformName|"string"/);
		for (const [, type] of text.matchAll(/"size":\{([^{}]*)\}/g))
			expect(type, name).toMatch(/Size|"integer"/);
	}
});
