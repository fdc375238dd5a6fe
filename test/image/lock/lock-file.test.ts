import { describe, expect, test } from "vitest";
import { encodeLock, lockedPlatform, parseLock } from "../../../src/image/lock/index.js";
import { parsePlatform } from "../../../src/image/oci/index.js";

const hex = (digit: string): string => digit.repeat(64);
const digest = (digit: string): string => `sha256:${hex(digit)}`;
const blob = (digit: string) => ({ mediaType: "m", digest: digest(digit), size: 7 });
const entry = (...platforms: string[]) => ({
	image: `r.test/a:1@${digest("1")}`,
	mediaType: "application/vnd.oci.image.index.v1+json",
	resolved: digest("1"),
	size: 99,
	platforms: Object.fromEntries(
		platforms.map((platform) => [
			platform,
			{ platform, manifest: blob("2"), config: blob("3"), layers: [{ ...blob("4"), diffId: digest("5") }] },
		]),
	),
});
const document = (changes: object = {}): Uint8Array =>
	Buffer.from(
		JSON.stringify({
			lockVersion: 1,
			pvpkg: "0.2.0",
			images: { "r.test/b:1": entry("linux/arm64"), "r.test/a:1": entry("linux/arm/v7", "linux/amd64") },
			outputs: {
				amd64: {
					pvpkg: "0.2.0",
					engine: hex("a"),
					options: { tier: "fast", time: 0 },
					package: { sha256: hex("c"), size: 1 },
					unsigned: hex("d"),
					objects: { "a/root.squashfs": { sha256: hex("e"), size: 2 } },
				},
			},
			...changes,
		}),
	);

test("one lock has one spelling, with its entries in order", () => {
	const text = encodeLock(parseLock(document(), "lock"));
	expect(encodeLock(parseLock(Buffer.from(text), "lock"))).toBe(text);
	expect(text.indexOf("r.test/a:1")).toBeLessThan(text.indexOf("r.test/b:1"));
	expect(text.indexOf('"linux/amd64": {')).toBeLessThan(text.indexOf('"linux/arm/v7": {'));
	expect(text.endsWith("}\n")).toBe(true);
	expect(Object.keys(JSON.parse(text))).toEqual(["lockVersion", "pvpkg", "images", "outputs"]);
});

test("members that this version does not know are kept", () => {
	const images = { "r.test/a:1": { ...entry("linux/amd64"), note: [1] } };
	const text = encodeLock(parseLock(document({ images, extra: { deep: true } }), "lock"));
	expect(JSON.parse(text)).toMatchObject({ extra: { deep: true }, images: { "r.test/a:1": { note: [1] } } });
});

test("members that this version does not know are kept wherever they stand, and named", () => {
	const known = entry("linux/amd64");
	const platform = known.platforms["linux/amd64"]!;
	const layers = [{ ...platform.layers[0]!, urls: ["u"] }];
	const platforms = { "linux/amd64": { ...platform, config: { ...blob("3"), c: 1 }, layers, future: null } };
	const files = { "https://f.test/x.tar": { sha256: hex("1"), size: 1, md5: "x" } };
	const directories = { root: { sha256: hex("1"), mode: 7 } };
	const lock = parseLock(
		document({ images: { "r.test/a:1": { ...known, platforms } }, files, directories }),
		"lock",
	);
	expect(JSON.parse(encodeLock(lock))).toMatchObject({
		images: { "r.test/a:1": { platforms } },
		files,
		directories,
	});
	const place = "lock: images: r.test/a:1: platforms: linux/amd64";
	expect(lock.unknownPaths).toEqual(
		expect.arrayContaining([
			...[`${place}: future`, `${place}: config: c`, `${place}: layers[0]: urls`],
			...["lock: files: https://f.test/x.tar: md5", "lock: directories: root: mode"],
		]),
	);
});

test("the platforms of an image are found in one look each, however many there are", () => {
	const names = Array.from({ length: 20_000 }, (_, at) => `linux/a${at}`);
	const lock = parseLock(document({ images: { "r.test/a:1": entry(...names) } }), "lock");
	const image = lock.images.get("r.test/a:1")!;
	for (const name of names) expect(lockedPlatform(image, parsePlatform(name))?.platform).toBe(name);
});

describe("a lock is refused, by the path of the member", () => {
	const image = (changes: object) =>
		document({ images: { "r.test/a:1": { ...entry("linux/amd64"), ...changes } } });
	const layerless = {
		platforms: { "linux/arm": { platform: "linux/arm", manifest: blob("1"), config: blob("2") } },
	};

	test.each<[string, Uint8Array, string, string]>([
		["a newer version", document({ lockVersion: 2 }), "ERR_LOCK_VERSION", "made by a newer pvpkg"],
		["no version", document({ lockVersion: undefined }), "ERR_LOCK_FORMAT", "expected a member lockVersion"],
		["a merge conflict", Buffer.from("{\n<<<<<<< ours\n}"), "ERR_LOCK_FORMAT", "it has a merge conflict"],
		["65 MiB", Buffer.alloc((64 << 20) + 1, " "), "ERR_LOCK_FORMAT", "expected at most 67108864 bytes"],
		["no JSON", Buffer.from("{"), "ERR_JSON_SYNTAX", "lock"],
		[
			"a member twice, of which a reader sees the first",
			Buffer.from(
				document()
					.toString()
					.replace('"resolved"', `"resolved":"${digest("9")}","resolved"`),
			),
			"ERR_JSON_SYNTAX",
			"lock",
		],
		["an array", Buffer.from("[]"), "ERR_LOCK_FORMAT", "expected a JSON object"],
		["a wrong digest", image({ resolved: "sha256:zz" }), "ERR_DIGEST", "lock: images: r.test/a:1: resolved"],
		[
			"a size beyond 2^53",
			image({ size: 2 ** 60 }),
			"ERR_LOCK_FORMAT",
			"r.test/a:1: size: read: expected a whole",
		],
		["a negative size", image({ size: -1 }), "ERR_LOCK_FORMAT", "r.test/a:1: size"],
		["a line break in a name", image({ image: "a\nb" }), "ERR_LOCK_FORMAT", "expected a string on one line"],
		[
			"a list of platforms",
			image({ platforms: [] }),
			"ERR_LOCK_FORMAT",
			"platforms: read: expected an object",
		],
		[
			"no layers",
			image(layerless),
			"ERR_LOCK_FORMAT",
			"platforms: linux/arm: read: expected a member layers, got none",
		],
		[
			"a member in another letter case, which some readers take for the known one",
			image({ Resolved: digest("9") }),
			"ERR_LOCK_FORMAT",
			"r.test/a:1: read: expected a member resolved, got Resolved",
		],
		[
			"two spellings of one platform",
			document({ images: { "r.test/a:1": entry("linux/arm64", "linux/arm64/v8") } }),
			"ERR_LOCK_FORMAT",
			"expected one entry for a platform, got linux/arm64 and linux/arm64/v8",
		],
		[
			"a platform that is none",
			document({ images: { "r.test/a:1": entry("linux") } }),
			"ERR_LOCK_FORMAT",
			'expected os/architecture[/variant], got "linux"',
		],
	])("%s", (_, bytes, code, message) => {
		expect(() => parseLock(bytes, "lock")).toThrowError(
			expect.objectContaining({ code, message: expect.stringContaining(message) }),
		);
	});
});

test("a member called __proto__ is a name like any other", () => {
	const text = Buffer.from(document()).toString().replace('"r.test/b:1"', '"__proto__"');
	expect([...parseLock(Buffer.from(text), "lock").images.keys()]).toContain("__proto__");
	expect(({} as { image?: string }).image).toBeUndefined();
});
