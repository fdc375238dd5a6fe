import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeCanonicalJson, parseJson } from "../../../src/ground/json/index.js";
import {
	dockerSource,
	encodeSourceManifest,
	parseSourceManifest,
	parseVolumeOption,
	rootfsSource,
	sourceManifestValue,
} from "../../../src/pantavisor/source/index.js";

const parse = (text: string) => parseSourceManifest(parseJson(text, "src.json"), "web/src.json");

// docs/formats/pvr.md#srcjson
test("is written in pvr's order, free members sorted, empty ones left out, unknown ones kept", () => {
	const manifest = parse(
		'{"pv_build_origin":"yocto","persistence":{"/b":"boot","/a":"boot"},"docker_name":"demo","docker_tag":"","exports":[],"args":{"Z":[{"b":1.50,"a":"<"}],"A":null},"config":{},"#spec":"service-manifest-src@1","template":"builtin-lxc-docker","logs":null}',
	);
	expect(encodeSourceManifest(manifest)).toBe(
		[
			"{",
			'  "#spec": "service-manifest-src@1",',
			'  "template": "builtin-lxc-docker",',
			'  "args": {',
			'   "A": null,',
			'   "Z": [',
			"    {",
			'     "a": "\\u003c",',
			'     "b": 1.50',
			"    }",
			"   ]",
			"  },",
			'  "docker_name": "demo",',
			'  "persistence": {',
			'   "/a": "boot",',
			'   "/b": "boot"',
			"  },",
			'  "pv_build_origin": "yocto"',
			" }",
		].join("\n"),
	);
});

describe("members of the wrong type are refused by name", () => {
	test.each([
		["[]", "web/src.json: read: expected an object, got an array"],
		[
			'{"#spec":"service-manifest-src@2"}',
			'web/src.json: #spec: read: expected "service-manifest-src@1", got "service-manifest-src@2"',
		],
		['{"docker_tag":1}', "web/src.json: docker_tag: read: expected a string, got 1"],
		['{"args":[]}', "web/src.json: args: read: expected an object, got an array"],
		['{"persistence":{"/a":null}}', "web/src.json: persistence./a: read: expected a string, got null"],
		['{"dm_enabled":{"x":"yes"}}', 'web/src.json: dm_enabled.x: read: expected a boolean, got "yes"'],
		['{"exports":["a",2]}', "web/src.json: exports[1]: read: expected a string, got 2"],
		['{"logs":{}}', "web/src.json: logs: read: expected an array, got an object"],
	])("%s", (text, message) => {
		expect(() => parse(text)).toThrow(message);
	});

	test("bad text says where", () => {
		expect(() => parseSourceManifest(Buffer.from('{\n"args":{,}}'), "web/src.json")).toThrow(
			"web/src.json: parse JSON: line 2, column 9",
		);
	});
});

test("what is written reads back, unknown members and big numbers too", () => {
	const member = fc.constantFrom("args", "config", "docker_config", "extra", "docker_name", "pvr");
	fc.assert(
		fc.property(
			fc.dictionary(member, fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 })),
			fc.bigInt(),
			(objects, big) => {
				const members = Object.entries(objects).map(([name, value]) => {
					const text = name === "docker_name" || name === "pvr" ? '"x"' : JSON.stringify({ ...value, "": 0 });
					return `${JSON.stringify(name)}:${text}`;
				});
				const manifest = parse(
					`{${[...members, `"big":${big}`, '"#spec":"service-manifest-src@1"'].join(",")}}`,
				);
				const again = parse(encodeSourceManifest(manifest));
				expect(encodeCanonicalJson(sourceManifestValue(again))).toBe(
					encodeCanonicalJson(sourceManifestValue(manifest)),
				);
				expect(encodeSourceManifest(again)).toContain(`"big": ${big}`);
			},
		),
	);
});

// docs/formats/images.md#references
describe("of an image", () => {
	const facts = {
		familiarName: "reg:5000/app",
		tag: "v1",
		digest: "sha256:00",
		platform: "linux/arm/v6",
		config: new Map(),
	};

	test("records where it came from", () => {
		expect(dockerSource(facts)).toMatchObject({
			template: "builtin-lxc-docker",
			dockerName: "reg:5000/app",
			dockerTag: "v1",
			dockerDigest: "reg:5000/app@sha256:00",
			dockerOvlDigest: undefined,
			dockerSource: "remote,local",
			dockerPlatform: "linux/arm/v6",
		});
		expect(dockerSource({ ...facts, local: true }).dockerDigest).toBe("sha256:00");
	});

	test("over a base, the digest is the base's and the own one is the overlay's", () => {
		const base = { name: "core", dockerDigest: "core@sha256:11" };
		expect(dockerSource(facts, { base })).toMatchObject({
			base: "core",
			dockerDigest: "core@sha256:11",
			dockerOvlDigest: "reg:5000/app@sha256:00",
		});
	});

	test("without one, of a root file system", () => {
		expect(encodeSourceManifest(rootfsSource("./tree"))).toContain('"rootfs_url": "./tree"');
		const { rootfsUrl } = rootfsSource("https://me:s3cret@a.test/root.tar?a=b@c");
		expect(rootfsUrl).toBe("https://a.test/root.tar?a=b@c");
	});
});
describe("--volume", () => {
	test.each([
		["/data:permanent", "/data", "permanent"],
		["ovl:/var:permanent", "ovl:/var", "permanent"],
		["/log:revision@sd", "/log", "revision@sd"],
		["lxc-overlay:boot", "lxc-overlay", "boot"],
	])("%s", (option, key, persistence) => {
		expect(parseVolumeOption(option)).toEqual([key, persistence]);
	});

	test.each(["/data", ":boot", "/data:", "/data:forever", "/data:boot@", "/data:boot@a@b"])(
		"%s is refused",
		(option) => {
			expect(() => parseVolumeOption(option)).toThrow(
				/expected PATH:CLASS\[@DISK\] with a CLASS of permanent, revision, boot/,
			);
		},
	);
});
