import { expect, test } from "vitest";
import {
	digestBytes,
	formatPlatform,
	OciError,
	parsePlatform,
	resolveImages,
} from "../../../src/image/oci/index.js";
import { describe as describeBytes, encode, MemorySource, TYPES } from "../../support/memory-source.js";

const platform = (text: string) => parsePlatform(text);
const unknown = { os: "unknown", architecture: "unknown" };

/** Without platforms, all. */
async function resolve(source: MemorySource, platforms?: string[], options: object = {}) {
	const warnings: string[] = [];
	const onWarning = (message: string) => warnings.push(message);
	const asked = platforms?.map(platform);
	const images = await resolveImages(source, asked, { policy: "compatible", onWarning, ...options });
	return {
		images,
		warnings,
		chosen: images.map((image) => `${image.match} ${formatPlatform(image.platform)}`),
	};
}

async function failure(promise: Promise<unknown>): Promise<OciError> {
	const error = await promise.then(
		() => undefined,
		(reason: unknown) => reason,
	);
	expect(error).toBeInstanceOf(OciError);
	return error as OciError;
}

function sixPlatforms(): MemorySource {
	const source = new MemorySource();
	const names = ["linux/amd64", "linux/arm/v6", "linux/arm/v7", "linux/arm64", "linux/mips", "linux/riscv64"];
	source.addIndex(names.map((name) => source.addImage(platform(name))));
	return source;
}

test("one index fetch serves all platforms, equal manifests are fetched once", async () => {
	const source = sixPlatforms();
	const { chosen } = await resolve(source, ["linux/amd64", "linux/arm/v6", "linux/arm/v6", "linux/arm"]);
	expect(chosen).toEqual([
		"exact linux/amd64",
		"exact linux/arm/v6",
		"exact linux/arm/v6",
		"exact linux/arm/v6",
	]);
	expect(source.asked.filter((name) => name === "root")).toHaveLength(1);
	expect(source.asked).toHaveLength(1 + 2 * 2);
});

test("without platforms it is all that there are, each once, by the same index", async () => {
	const source = sixPlatforms();
	expect((await resolve(source)).chosen).toHaveLength(6);
	expect(source.asked.filter((name) => name === "root")).toHaveLength(1);
	const [first, second] = ["first", "second"].map((layer) =>
		source.addImage(platform("windows/amd64"), platform("windows/amd64"), [layer]),
	);
	source.addIndex([source.addImage(platform("linux/amd64")), first!, second!]);
	expect((await resolve(source)).chosen).toEqual(["exact linux/amd64", "exact windows/amd64"]);
	const takes = ({ os }: { readonly os: string }) => os === "linux";
	expect((await resolve(source, undefined, { takes })).chosen).toEqual(["exact linux/amd64"]);
	const error = await failure(resolve(source, undefined, { takes: () => false }));
	expect(error.message).toBe(
		"memory: choose platform: no image for a platform that can be used, it has linux/amd64, windows/amd64",
	);
});

test("an index without an image has none for all platforms either", async () => {
	const source = new MemorySource();
	source.addIndex([]);
	expect((await failure(resolve(source))).message).toContain("it has no image at all");
});

test.each([TYPES.index, TYPES.dockerIndex])("row 37: %s", async (type) => {
	const source = new MemorySource();
	const entries = ["linux/arm/v5", "linux/arm/v6", "linux/arm64/v8"].map((name) =>
		source.addImage(platform(name)),
	);
	source.addIndex(entries, type);
	const { chosen, warnings } = await resolve(source, ["linux/arm/v7", "linux/arm64"]);
	expect(chosen).toEqual(["fallback linux/arm/v6", "exact linux/arm64"]);
	expect(warnings).toEqual(["memory: linux/arm/v7: there is no such image, linux/arm/v6 is used instead"]);
});

test("row 38: attestations, artifacts and entries without platform are never chosen", async () => {
	const source = new MemorySource();
	const image = source.addImage(platform("linux/amd64"));
	const reference = { "vnd.docker.reference.type": "attestation-manifest" };
	const bare = source.addImage(undefined, platform("linux/arm64"));
	source.addIndex([
		{ ...bare, platform: unknown, annotations: reference },
		{ ...bare, platform: platform("linux/arm64"), annotations: reference },
		{ ...bare, platform: platform("linux/arm64"), artifactType: "application/spdx+json" },
		bare,
		image,
	]);
	expect((await resolve(source)).chosen).toEqual(["exact linux/amd64"]);
	expect((await failure(resolve(source, ["linux/arm64"]))).code).toBe("ERR_PLATFORM_MISSING");
});

test("row 38: of one image without platform the config decides", async () => {
	const source = new MemorySource();
	const bare = source.addImage(undefined, platform("linux/arm64"));
	source.addIndex([bare, { ...bare, platform: unknown }]);
	expect((await resolve(source, ["linux/arm64"])).chosen).toEqual(["single linux/arm64"]);
	expect((await failure(resolve(source, ["linux/amd64"]))).message).toContain("it has linux/arm64");
});

test("row 39: of several that fit it is the first, every time", async () => {
	const source = new MemorySource();
	const first = source.addImage(platform("linux/amd64"), platform("linux/amd64"), ["first"]);
	const second = source.addImage(platform("linux/amd64"), platform("linux/amd64"), ["second"]);
	source.addIndex([first, second]);
	expect((await resolve(source, ["linux/amd64"])).images[0]!.digest).toBe(first.digest);
	source.addIndex([second, first]);
	expect((await resolve(source, ["linux/amd64"])).images[0]!.digest).toBe(second.digest);
});

test("row 40: a miss names all that is missing and lists what there is", async () => {
	const error = await failure(resolve(sixPlatforms(), ["linux/s390x", "linux/amd64", "linux/arm/v5"]));
	expect(error.code).toBe("ERR_PLATFORM_MISSING");
	expect(error.message).toBe(
		"memory: choose platform: no image for linux/s390x, linux/arm/v5, it has linux/amd64, linux/arm/v6, linux/arm/v7, linux/arm64, linux/mips, linux/riscv64",
	);
});

test("row 41: nested indexes are followed, platforms of the outer entry count", async () => {
	const source = new MemorySource();
	const inner = source.addImage(undefined, platform("linux/arm64"));
	const nested = source.addIndex([inner, { ...inner, platform: unknown }]);
	const deep = source.addIndex([source.addImage(platform("linux/riscv64"))]);
	source.addIndex([{ ...nested, platform: platform("linux/arm64") }, source.addIndex([deep])].map(strip));
	expect((await resolve(source)).chosen).toEqual(["exact linux/arm64", "exact linux/riscv64"]);
	expect((await resolve(source, ["linux/riscv64"])).chosen).toEqual(["exact linux/riscv64"]);
});

/** A descriptor as an index has it. */
function strip(descriptor: object): object {
	return JSON.parse(JSON.stringify(descriptor)) as object;
}

test("row 41: too deep is an error", async () => {
	const source = new MemorySource();
	let entry = source.addImage(platform("linux/amd64"));
	for (let depth = 0; depth < 6; depth++) entry = source.addIndex([entry]);
	expect((await failure(resolve(source))).code).toBe("ERR_INDEX_DEPTH");
});

test("row 41: an index that names itself is an error", async () => {
	const source = new MemorySource();
	const bytes = encode({ schemaVersion: 2, manifests: [] });
	const own = describeBytes(TYPES.index, bytes);
	const lie = encode({ schemaVersion: 2, manifests: [own] });
	source.root = { descriptor: own, bytes: lie };
	source.manifests.set(own.digest, source.root);
	expect((await failure(resolve(source))).message).toContain("the index contains itself");
});

test("row 41: very many nested indexes are an error", async () => {
	const source = new MemorySource();
	const image = source.addImage(platform("linux/amd64"));
	const many = Array.from({ length: 70 }, (_, at) =>
		source.addIndex([{ ...image, annotations: { at: `${at}` } }]),
	);
	source.addIndex(many);
	expect((await failure(resolve(source))).code).toBe("ERR_INDEX_DEPTH");
});

test("an image without an index must match by its config", async () => {
	const source = new MemorySource();
	source.addImage(undefined, platform("linux/arm/v7"));
	expect((await resolve(source, ["linux/arm/v7"])).chosen).toEqual(["single linux/arm/v7"]);
	expect((await failure(resolve(source, ["linux/arm/v6"]))).code).toBe("ERR_PLATFORM_MISSING");
	source.addImage(undefined, platform("linux/arm"));
	expect((await resolve(source, ["linux/arm"])).chosen).toEqual(["single linux/arm"]);
	expect((await resolve(source, ["linux/arm/v7"])).chosen).toEqual(["fallback linux/arm"]);
});

test("an image without an index and of another architecture is taken only when that is allowed", async () => {
	const source = new MemorySource();
	source.addImage(undefined, platform("linux/amd64"));
	const { chosen, warnings } = await resolve(source, ["linux/arm64"], { allowArchMismatch: true });
	expect(chosen).toEqual(["single linux/amd64"]);
	expect(warnings[0]).toContain("says linux/amd64; allowed by --allow-arch-mismatch");
	source.addImage(undefined, platform("windows/arm64"));
	expect((await failure(resolve(source, ["linux/arm64"], { allowArchMismatch: true }))).code).toBe(
		"ERR_PLATFORM_MISSING",
	);
});

test("an index entry whose config names another architecture is an error unless allowed", async () => {
	const source = new MemorySource();
	source.addIndex([source.addImage(platform("linux/arm64"), platform("linux/amd64"))]);
	const error = await failure(resolve(source, ["linux/arm64"]));
	expect(error.code).toBe("ERR_PLATFORM_MISMATCH");
	expect(error.message).toContain("says linux/amd64");
	const { warnings } = await resolve(source, ["linux/arm64"], { allowArchMismatch: true });
	expect(warnings).toHaveLength(1);
});

test("of variants the index decides", async () => {
	const source = new MemorySource();
	const entries = [
		source.addImage(platform("linux/arm/v6"), platform("linux/arm")),
		source.addImage(platform("linux/arm/v5"), platform("linux/arm/v7")),
	];
	source.addIndex(entries);
	expect((await resolve(source, ["linux/arm/v6"])).warnings).toEqual([]);
	expect((await resolve(source, ["linux/arm/v5"])).warnings[0]).toContain(
		"says linux/arm/v7; the index decides",
	);
});

test("policy exact forbids fallbacks", async () => {
	const source = new MemorySource();
	source.addIndex([source.addImage(platform("linux/arm/v6"))]);
	const error = await failure(resolve(source, ["linux/arm/v7"], { policy: "exact" }));
	expect(error.message).toContain("it has linux/arm/v6");
});

test("row 46: diff_ids that are not as many as the layers", async () => {
	const source = new MemorySource();
	const { os, architecture } = platform("linux/amd64");
	source.addImage(undefined, { os, architecture, rootfs: { type: "layers", diff_ids: [] } });
	const error = await failure(resolve(source, ["linux/amd64"]));
	expect(error.code).toBe("ERR_IMAGE_CONFIG");
	expect(error.message).toContain("expected 1 diff_ids, one for each layer, got 0");
});

test("row 46: a windows image behind a linux label", async () => {
	const source = new MemorySource();
	source.addIndex([source.addImage(platform("linux/amd64"), platform("windows/amd64"))]);
	const error = await failure(resolve(source, ["linux/amd64"], { allowArchMismatch: true }));
	expect(error.code).toBe("ERR_PLATFORM_MISMATCH");
});

test("row 43: embedded data is used where it is right, and only there", async () => {
	const source = new MemorySource();
	const image = source.addImage(platform("linux/amd64"));
	const bytes = source.manifests.get(image.digest)!.bytes;
	source.addIndex([{ ...image, data: Buffer.from(bytes).toString("base64") }]);
	await resolve(source, ["linux/amd64"]);
	expect(source.asked).not.toContain(image.digest);
	source.addIndex([{ ...image, data: Buffer.from(bytes).fill(32, 0, 1).toString("base64") }]);
	await resolve(source, ["linux/amd64"]);
	expect(source.asked).toContain(image.digest);
});

test("row 43: embedded data of another size, or of very much of it, is not used", async () => {
	const text = "x".repeat(300_000);
	for (const [content, more] of [
		["abc", 1],
		["abc", -1],
		[text, 0],
	] as const) {
		const source = new MemorySource();
		const image = source.addImage(platform("linux/amd64"));
		const data = Buffer.from(content).toString("base64");
		const manifest = {
			...image,
			digest: digestBytes(Buffer.from(content)),
			size: content.length + more,
			data,
		};
		source.addIndex([manifest]);
		await expect(resolve(source, ["linux/amd64"])).rejects.toThrow("no manifest");
		expect(source.asked).toContain(manifest.digest);
	}
});

test("row 43: embedded layers need no download", async () => {
	const source = new MemorySource();
	const config = source.addBlob(
		{ ...platform("linux/amd64"), rootfs: { diff_ids: [`sha256:${"0".repeat(64)}`] } },
		TYPES.config,
	);
	const layer = { ...source.addBlob(Buffer.from("abc")), data: Buffer.from("abc").toString("base64") };
	source.addManifest({ schemaVersion: 2, config, layers: [layer] });
	const { images } = await resolve(source, ["linux/amd64"]);
	for await (const chunk of images[0]!.layers[0]!.open()) expect(Buffer.from(chunk).toString()).toBe("abc");
	expect(source.asked).not.toContain(layer.digest);
});

test("an entry whose size is not its manifest's is an error", async () => {
	const source = new MemorySource();
	const image = source.addImage(platform("linux/amd64"));
	source.addIndex([{ ...image, size: image.size + 1 }]);
	expect((await failure(resolve(source, ["linux/amd64"]))).message).toContain("check size: expected");
});

test("layers open through the source, base first", async () => {
	const source = new MemorySource();
	source.addImage(undefined, platform("linux/amd64"), ["base", "top"]);
	const { images } = await resolve(source, ["linux/amd64"]);
	const read: string[] = [];
	for (const layer of images[0]!.layers) {
		for await (const chunk of layer.open()) read.push(Buffer.from(chunk).toString());
	}
	expect(read).toEqual(["base", "top"]);
});

test.each([
	{ os: "unknown", architecture: "amd64" },
	{ os: "linux", architecture: "unknown" },
])("an entry whose platform is half unknown is not an image: %j", async (half) => {
	const source = new MemorySource();
	const entry = source.addImage(platform("linux/amd64"));
	const other = source.addImage(platform("linux/arm64"));
	source.addIndex([{ ...entry, platform: half }, other]);
	expect((await resolve(source)).chosen).toEqual(["exact linux/arm64"]);
});
