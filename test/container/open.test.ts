import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseImageInput, parseInput, recordedInput } from "../../src/container/input.js";
import { openInput, openInputs } from "../../src/container/open.js";
import type { PlatformSelection } from "../../src/container/platform-choice.js";
import type { ImageResolver, PinnedInput } from "../../src/container/ports.js";
import { PvpkgError } from "../../src/ground/bytes/index.js";
import { formatPlatform, type ImageSource, parsePlatform } from "../../src/image/oci/index.js";
import type { ImageLocation } from "../../src/image/sources/index.js";
import { AMD64, ARM64, MemoryImages, RunPlace } from "../support/memory-run.js";

let place: RunPlace;
beforeEach(() => {
	place = new RunPlace();
});
afterEach(() => place.remove());

const BOTH = ["remote", "local"] as const;
const ARM_V6 = parsePlatform("linux/arm/v6");
const ARM_V7 = parsePlatform("linux/arm/v7");

/** Opens `web:1` and lists the platforms that came. */
async function open(
	images: ImageSource | ((place: ImageLocation) => ImageSource | undefined),
	selection: PlatformSelection,
	input = parseInput("web:1", BOTH),
): Promise<string[]> {
	const opened = await place.run(place.settings(images), (run) => openInputs(run, input, selection));
	return opened.map(({ platform }) => formatPlatform(platform!));
}

/** A place that fails. */
const failing = (kind: "access" | "transport" | "input", code: string): ImageSource => ({
	name: code,
	local: true,
	fetchManifest: () => Promise.reject(new PvpkgError(kind, code, `${code}: failed`)),
	openBlob: () => {
		throw new Error("no blob");
	},
	close: async () => {},
});

describe("platforms", () => {
	const images = new MemoryImages();
	images.addPlatforms(AMD64, ARM64, ARM_V6, { os: "windows", architecture: "amd64" });

	test("each of the request, in its order", async () => {
		const platforms = [ARM64, AMD64];
		expect(await open(images, { platforms, take: "each" })).toEqual(["linux/arm64", "linux/amd64"]);
	});

	test("without a request all that the image has, or those that have a label", async () => {
		expect(await open(images, { take: "each" })).toHaveLength(4);
		expect(await open(images, { take: "each", devices: true })).toEqual([
			"linux/amd64",
			"linux/arm64",
			"linux/arm/v6",
		]);
		expect(place.messages).toEqual(["note: web:1: windows/amd64 is left out: no device has that platform"]);
	});

	test("the first that the image has", async () => {
		const platforms = [parsePlatform("linux/riscv64"), ARM64, AMD64];
		expect(await open(images, { platforms, take: "first" })).toEqual(["linux/arm64"]);
	});

	test("none of those that were asked for is an error of the last", async () => {
		const platforms = [parsePlatform("linux/riscv64"), parsePlatform("linux/s390x")];
		await expect(open(images, { platforms, take: "first" })).rejects.toThrow("no image for linux/s390x");
	});

	test.each([
		["first", undefined],
		["only", undefined],
		["only", [AMD64, ARM64]],
	] as const)("%s of several is not clear, and no other place is asked", async (take, platforms) => {
		const asked: string[] = [];
		const at = ({ kind }: ImageLocation) => {
			asked.push(kind);
			return images;
		};
		await expect(open(at, { take, platforms })).rejects.toMatchObject({
			code: "ERR_BUILD_PLATFORM",
			kind: "usage",
		});
		expect(asked).toEqual(["registry"]);
	});

	test("the only one needs no word", async () => {
		const one = new MemoryImages();
		one.add({ platform: ARM64 });
		expect(await open(one, { take: "first" })).toEqual(["linux/arm64"]);
		expect(await open(one, { take: "only" })).toEqual(["linux/arm64"]);
	});

	test("a variant that stands in is found, for its own platform", async () => {
		const input = parseInput("web:1");
		const platforms = [AMD64, ARM_V7];
		const opened = await place.run(place.settings(images), (run) =>
			openInputs(run, input, { platforms, take: "each" }),
		);
		const findings = opened.map((one) => (one.kind === "image" ? one.findings : []));
		expect(findings[0]).toEqual([]);
		expect(findings[1]).toMatchObject([
			{ code: "IMAGE_PLATFORM", subject: "memory: linux/arm/v7", message: /linux\/arm\/v6 is used instead/ },
		]);
		expect(place.messages).toHaveLength(1);
	});
});

describe("a root file system", () => {
	test("is of the platform that was given, which a checkout may leave out", async () => {
		const input = parseInput("dir:tree");
		const open = (platforms: readonly (typeof AMD64)[], take: "each" | "only" | "first") =>
			place.run(place.settings(new MemoryImages()), (run) => openInputs(run, input, { platforms, take }));
		expect(await open([ARM64], "each")).toMatchObject([{ kind: "rootfs", platform: ARM64 }]);
		expect(await open([], "first")).toMatchObject([{ kind: "rootfs", platform: undefined }]);
		await expect(open([], "each")).rejects.toThrow("expected it by --platform, got none");
		await expect(open([], "only")).rejects.toThrow("expected it by --platform, got none");
		await expect(open([AMD64, ARM64], "first")).rejects.toThrow("got linux/amd64, linux/arm64");
	});
});

describe("the places of --source", () => {
	const images = new MemoryImages();
	images.add();
	const at = (remote: ImageSource | undefined, local: ImageSource | undefined) => (location: ImageLocation) =>
		location.kind === "registry" ? remote : local;

	test("the first that has the image is taken, and a note names the one that has not", async () => {
		await open(at(failing("access", "ERR_GONE"), images), { take: "first" });
		expect(place.messages).toEqual(["note: ERR_GONE: failed; trying docker-daemon:web:1"]);
	});

	test("each is asked once", async () => {
		const asked: string[] = [];
		const counting = ({ kind }: ImageLocation): ImageSource => {
			asked.push(kind);
			return failing("access", "ERR_GONE");
		};
		await expect(open(counting, { take: "first" }, parseInput("web", ["local", "remote"]))).rejects.toThrow();
		expect(asked).toEqual(["docker-daemon", "registry"]);
	});

	test.each([
		["access", "access", "ERR_REMOTE"],
		["transport", "access", "ERR_REMOTE"],
		["access", "transport", "ERR_LOCAL"],
		["transport", "transport", "ERR_REMOTE"],
		["input", "access", "ERR_REMOTE"],
	] as const)("%s there and %s here: %s counts, and both are listed", async (remote, local, code) => {
		const error = await open(at(failing(remote, "ERR_REMOTE"), failing(local, "ERR_LOCAL")), {
			take: "first",
		}).catch((thrown: unknown) => thrown as PvpkgError);
		expect(error).toBeInstanceOf(PvpkgError);
		expect(error).toMatchObject({ code, kind: code === "ERR_REMOTE" ? remote : local });
		expect((error as PvpkgError).message).toMatch(new RegExp(`^${code}: failed`));
		expect((error as PvpkgError).message).toContain("ERR_REMOTE: failed");
		expect((error as PvpkgError).message).toContain("ERR_LOCAL: failed");
	});

	test("the error of a single place stays as it is", async () => {
		const source = failing("transport", "ERR_REMOTE");
		await expect(open(source, { take: "first" }, parseInput("web:1"))).rejects.toThrow(
			/^ERR_REMOTE: failed$/,
		);
	});

	test("an interrupted run asks no further place", async () => {
		const control = new AbortController();
		const asked: string[] = [];
		const settings = place.settings(
			({ kind }) => {
				asked.push(kind);
				control.abort();
				return failing("transport", "ERR_REMOTE");
			},
			{ signal: control.signal },
		);
		const opening = place.run(settings, (run) => openInputs(run, parseInput("web", BOTH), { take: "first" }));
		await expect(opening).rejects.toThrow();
		expect(asked).toEqual(["registry"]);
	});
});

describe("an image that src.json records", () => {
	const images = new MemoryImages();
	const digest = images.add({ platform: { os: "linux", architecture: "arm" } });
	const recorded = (dockerDigest: string) => ({
		...{
			dockerName: "web",
			dockerTag: "1",
			dockerDigest,
			dockerSource: "remote",
			dockerPlatform: "linux/arm/v7",
		},
	});
	const openRecorded = (dockerDigest: string) => {
		const input = recordedInput(recorded(dockerDigest), "web/src.json")!;
		return place.run(place.settings(images), (run) => openInput(run, input, [ARM_V7]));
	};

	test("was chosen before: its configuration need not know the variant", async () => {
		expect(await openRecorded(`web@${digest}`)).toMatchObject({
			image: { match: "exact", platform: ARM_V7 },
		});
		expect(place.messages).toEqual([]);
	});

	test.each([
		["by digest", `web@sha256:${"0".repeat(64)}`],
		["by a bare digest", `sha256:${"0".repeat(64)}`],
	])("another one is refused: %s", async (_, dockerDigest) => {
		const error = {
			code: "ERR_BUILD_SOURCE",
			message: expect.stringContaining("is another image, expected"),
		};
		await expect(openRecorded(dockerDigest)).rejects.toMatchObject(error);
		await expect(openRecorded(dockerDigest)).rejects.toThrow(`got ${digest}`);
	});

	test("another one in the registry does not hide the right one of the daemon", async () => {
		const other = new MemoryImages();
		other.add({ platform: ARM64 });
		const manifest = { ...recorded(digest), dockerSource: "remote,local" };
		const input = recordedInput(manifest, "web/src.json")!;
		const at = ({ kind }: ImageLocation) => (kind === "registry" ? other : images);
		const opened = await place.run(place.settings(at), (run) => openInput(run, input, [ARM64, ARM_V7]));
		expect(opened).toMatchObject({ place: { kind: "docker-daemon" }, image: { digest } });
	});

	test("by name alone is whatever the name means", async () => {
		const input = recordedInput({ dockerName: "web" }, "web/src.json")!;
		await expect(
			place.run(place.settings(images), (run) => openInput(run, input, undefined)),
		).resolves.toMatchObject({ image: { digest } });
	});
});

describe("a resolver", () => {
	const images = new MemoryImages();
	const [amd64, arm] = images.addPlatforms(AMD64, { os: "linux", architecture: "arm" });
	const index = images.root!.descriptor;
	const name = { familiarName: "reg.example/web", tag: "2", local: false };
	const resolver = (pinned: PinnedInput | undefined): ImageResolver => ({ resolve: async () => pinned });
	const openPinned = (pinned: PinnedInput | undefined) => {
		const input = parseImageInput("web:1");
		return place.run(
			place.settings(images),
			(run) => openInputs(run, input, { platforms: [ARM_V7], take: "each" }),
			{ resolver: resolver(pinned) },
		);
	};

	test("names the manifest, the platform as the index had it, and the image", async () => {
		const pinned = { name, index, images: [{ requested: ARM_V7, platform: ARM_V6, digest: arm! }] };
		expect(await openPinned(pinned)).toMatchObject([
			{ name, platform: ARM_V7, image: { digest: arm, platform: ARM_V6, match: "fallback", index } },
		]);
		expect(place.messages).toEqual([]);
	});

	test("an exact platform stays exact", async () => {
		const pinned = { name, images: [{ requested: AMD64, platform: AMD64, digest: amd64! }] };
		expect(await openPinned(pinned)).toMatchObject([{ image: { digest: amd64, match: "exact" } }]);
	});

	test("decides where the bytes are read", async () => {
		const asked: string[] = [];
		const settings = place.settings((location) => {
			asked.push(location.kind);
			return images;
		});
		const places = [{ kind: "oci", path: "layout", tag: undefined }] as const;
		const pinned = { name, places, images: [{ requested: AMD64, platform: AMD64, digest: amd64! }] };
		await place.run(settings, (run) => openInputs(run, parseImageInput("web:1"), { take: "each" }), {
			resolver: resolver(pinned),
		});
		expect(asked).toEqual(["oci"]);
	});

	test("that knows nothing of an input leaves it to its place", async () => {
		expect(await openPinned(undefined)).toMatchObject([{ name: { familiarName: "web" } }]);
	});
});
