import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
	nameOf,
	parseImageInput,
	parseInput,
	parseRootfsInput,
	parseSourceWords,
	recordedInput,
} from "../../src/container/input.js";

const DIGEST = `sha256:${"a".repeat(64)}`;
const kindOf = (text: string): string[] => {
	const input = parseInput(text, ["remote", "local"]);
	return input.kind === "rootfs"
		? [input.kind, input.location.kind, input.location.path]
		: [input.kind, ...input.places.map((place) => ("name" in place ? `daemon ${place.name}` : place.kind))];
};

describe("IMAGE", () => {
	test.each([
		["nginx:1.27", ["image", "registry", "daemon nginx:1.27"]],
		["nginx", ["image", "registry", "daemon nginx:latest"]],
		[`reg:5000/a@${DIGEST}`, ["image", "registry", `daemon reg:5000/a@${DIGEST}`]],
		["oci:layout:v1", ["image", "oci"]],
		["oci-archive:a.tar", ["image", "oci-archive"]],
		["docker-archive:a.tar", ["image", "docker-archive"]],
		["docker-daemon:web:1", ["image", "daemon web:1"]],
		["dir:tree", ["rootfs", "dir", "tree"]],
		["tar:-", ["rootfs", "tar", "-"]],
	])("%s is looked for where it can be", (text, expected) => {
		expect(kindOf(text)).toEqual(expected);
	});

	test("is looked for in its registry alone without --source", () => {
		expect(parseImageInput("web").places.map(({ kind }) => kind)).toEqual(["registry"]);
	});

	test("follows the order of --source", () => {
		const places = parseImageInput("web", parseSourceWords("local, remote")).places;
		expect(places.map(({ kind }) => kind)).toEqual(["docker-daemon", "registry"]);
	});

	test("keeps its text", () => {
		expect(parseInput("oci:layout:v1").text).toBe("oci:layout:v1");
		expect(parseInput("dir:tree").text).toBe("dir:tree");
	});

	test("is not a root file system where only an image will do", () => {
		expect(() => parseImageInput("dir:tree")).toThrow(
			"dir:tree: open: is a root file system, expected an image",
		);
	});
});

test.each(["remote,nowhere", "", "remote,"])("--source %j is refused", (text) => {
	expect(() => parseSourceWords(text)).toThrow("expected remote, local or both");
});

describe("what src.json calls an image", () => {
	const name = (text: string, at = 0) => {
		const input = parseImageInput(text, ["remote", "local"]);
		return Object.values(nameOf(input, input.places[at]!));
	};
	test.each([
		["reg.example/team/web:1", 0, ["reg.example/team/web", "1", false]],
		[`web@${DIGEST}`, 0, ["web", undefined, false]],
		["web:1", 1, ["web", "1", true]],
		["oci:layout:v1", 0, ["oci:layout", "v1", true]],
		["oci:layout", 0, ["oci:layout", undefined, true]],
		["docker-daemon:web:1", 0, ["docker-daemon:web:1", undefined, true]],
	] as const)("%s, place %i", (text, at, expected) => {
		expect(name(text, at)).toEqual(expected);
	});
});

describe("the root file system of pvr's --from", () => {
	test.each([
		["https://host/rootfs.tar.gz", "tar", "https://host/rootfs.tar.gz"],
		["tar:x.tar", "tar", "x.tar"],
		["x.tar", "tar", "x.tar"],
		["dir:x", "dir", "x"],
	])("%s", (text, kind, path) => {
		expect(parseRootfsInput(text).location).toEqual({ kind, path });
	});

	test("a directory needs no prefix", () => {
		const directory = mkdtempSync(join(tmpdir(), "pvpkg-input-"));
		expect(parseRootfsInput(directory).location.kind).toBe("dir");
		rmSync(directory, { recursive: true });
	});
});

describe("what src.json records", () => {
	const text = (manifest: object) => recordedInput(manifest, "web/src.json")?.text;
	test.each([
		[
			"by digest, where a registry has it",
			{ dockerName: "web", dockerTag: "1", dockerDigest: `web@${DIGEST}` },
			`web@${DIGEST}`,
		],
		[
			"by name, where its digest is bare",
			{ dockerName: "oci:layout", dockerTag: "v1", dockerDigest: DIGEST },
			"oci:layout:v1",
		],
		["by name without a tag", { dockerName: "oci:layout" }, "oci:layout"],
		[
			"the image that an overlay shows",
			{ dockerDigest: `a@${DIGEST}`, dockerOvlDigest: `b@${DIGEST}` },
			`b@${DIGEST}`,
		],
		["the root file system before an image", { rootfsUrl: "x.tar", dockerName: "web" }, "tar:x.tar"],
		["nothing", { args: new Map() }, undefined],
		["nothing but a bare digest", { dockerDigest: DIGEST }, undefined],
	])("%s", (_, manifest, expected) => {
		expect(text(manifest)).toBe(expected);
	});

	test("with its digest, its platform and its places", () => {
		const dockerDigest = `web@${DIGEST}`;
		const manifest = {
			dockerName: "web",
			dockerDigest,
			dockerPlatform: "linux/arm/v7",
			dockerSource: "local",
		};
		const input = recordedInput(manifest, "web/src.json");
		const platform = { os: "linux", architecture: "arm", variant: "v7" };
		expect(input).toMatchObject({
			places: [{ kind: "docker-daemon" }],
			recorded: { subject: "web/src.json", digest: dockerDigest, platform },
		});
	});
});
