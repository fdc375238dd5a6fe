import { generateKeyPairSync } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
	type ExportRequest,
	exportImage,
	packageSummary,
	planExport,
	streamImage,
} from "../../src/flows/index.js";
import { sha256Hex } from "../../src/ground/bytes/index.js";
import { jsonObject } from "../../src/ground/json/index.js";
import { openPackage } from "../../src/pantavisor/package/index.js";
import { localSigner, parsePrivateKey } from "../../src/pantavisor/signing/index.js";
import { encodeState } from "../../src/pantavisor/state/index.js";
import { AMD64, ARM64, MemoryImages, RunPlace } from "../support/memory-run.js";
import { MemorySink } from "../support/memory-sink.js";

let place: RunPlace;
let images: MemoryImages;
beforeEach(() => {
	place = new RunPlace();
	images = new MemoryImages();
	images.addPlatforms(AMD64, ARM64);
});
afterEach(() => place.remove());

const request = (more: Partial<ExportRequest> = {}): ExportRequest => ({
	...{ image: "reg/web:1", name: "web", options: { args: jsonObject({ PV_GROUP: "app" }) } },
	path: (label) => place.path(`out/${label}.tgz`),
	...more,
});
const exportAll = (more: Partial<ExportRequest> = {}) => exportImage(request(more), place.settings(images));
const outputs = () => (existsSync(place.path("out")) ? readdirSync(place.path("out")).sort() : []);

describe("export", () => {
	test("makes a package for each platform, and says how each came to be", async () => {
		const [amd64, arm64] = await exportAll();
		expect(outputs()).toEqual(["amd64.tgz", "arm64v8.tgz"]);
		expect(amd64).toMatchObject({
			platform: AMD64,
			label: "amd64",
			choices: { time: 0, tier: "fast", order: "similar", engine: expect.stringMatching(/^[0-9a-f]{64}$/) },
			findings: [],
			package: { path: place.path("out/amd64.tgz") },
		});
		const [image] = amd64!.containers[0]!.images;
		const root = images.root!.descriptor;
		expect(image!.input).toMatchObject({
			...{ kind: "image", text: "reg/web:1", place: "registry", match: "exact", index: root },
			...{ requested: AMD64, platform: AMD64, name: { familiarName: "reg/web", tag: "1", local: false } },
			layers: [{ size: expect.any(Number), mediaType: expect.stringContaining("tar") }],
		});
		expect(arm64!.containers[0]!.images[0]!.input).toMatchObject({ requested: ARM64 });
	});

	test("the digests of its evidence are those of the package", async () => {
		const [evidence] = await exportAll({ platforms: [AMD64] });
		const file = await openPackage(place.path("out/amd64.tgz"), { temporaryDirectory: place.path("tmp") });
		const state = encodeState(file.state);
		expect(evidence!.state).toEqual({
			sha256: sha256Hex(state),
			unsigned: sha256Hex(state),
			keys: file.state.size,
		});
		for (const [key, { sha256, size }] of evidence!.objects) {
			expect(file.state.get(key)).toBe(sha256);
			expect(file.objects.get(sha256)!.size).toBe(size);
		}
		expect([...evidence!.objects.keys()]).toContain("web/root.squashfs");
		file.close();
	});

	test("a signature changes the package, and not the identity of what is in it", async () => {
		const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
		const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
		const [plain] = await exportAll({ platforms: [AMD64] });
		const signing = { signer: localSigner(parsePrivateKey(pem, "key")) };
		const [signed] = await exportAll({ platforms: [AMD64], signing });
		expect(signed!.state.unsigned).toBe(plain!.state.unsigned);
		expect(signed!.state.sha256).not.toBe(plain!.state.sha256);
		expect(signed!.package.sha256).not.toBe(plain!.package.sha256);
	});

	test("the table and --json are renderings of the evidence", async () => {
		const [evidence] = await exportAll({ platforms: [ARM64] });
		const image = evidence!.containers[0]!.images[0]!;
		expect(packageSummary(evidence!)).toEqual({
			platform: "linux/arm64",
			digest: image.input?.kind === "image" ? image.input.manifest.digest : undefined,
			rootfs: { size: image.size, sha256: image.sha256 },
			label: "arm64v8",
			path: place.path("out/arm64v8.tgz"),
			size: evidence!.package.bytes,
			sha256: evidence!.package.sha256,
			signatures: [],
			documents: evidence!.documents,
		});
	});

	test.each([
		["tgz", 0x1f],
		["tar", 0x6a],
	])("a .%s begins with byte %i", async (end, first) => {
		await exportAll({ platforms: [AMD64], path: () => place.path(`out/web.${end}`) });
		expect(readFileSync(place.path(`out/web.${end}`))[0]).toBe(first);
	});

	test("a package that is the same stays as it is", async () => {
		const [first] = await exportAll({ platforms: [AMD64] });
		const [second] = await exportAll({ platforms: [AMD64] });
		expect(second!.package).toEqual(first!.package);
		expect(place.messages).toContain(`note: linux/amd64: ${place.path("out/amd64.tgz")}: unchanged`);
	});

	test.each([
		["two platforms of one file", { path: () => "one.tgz" }, "ERR_BUILD_REQUEST"],
		["a name that devices refuse", { name: "in/side" }, "ERR_PART_NAME"],
		[
			"a platform that is not there",
			{ platforms: [{ os: "linux", architecture: "s390x" }] },
			"ERR_PLATFORM_MISSING",
		],
	] as const)("%s: nothing is written", async (_, more, code) => {
		await expect(exportAll(more as Partial<ExportRequest>)).rejects.toMatchObject({ code });
		expect(outputs()).toEqual([]);
	});

	test("an error in one platform leaves no package of the others", async () => {
		const entries = [AMD64, ARM64].map((platform) => {
			const digest = images.add({ platform, files: { "bin/serve": platform.architecture } });
			return { ...images.manifests.get(digest)!.descriptor, platform };
		});
		images.addIndex(entries);
		const layer = [...images.blobs].find(
			([, bytes]) => Buffer.from(bytes).includes("arm64") && bytes.length >= 1024,
		);
		images.broken.add(layer![0]);
		await expect(exportAll()).rejects.toThrow("lost");
		expect(outputs()).toEqual([]);
		expect(readdirSync(place.path("tmp"))).toEqual([]);
	});
});

describe("a stream", () => {
	test("is the package of one platform, uncompressed or not as a file is", async () => {
		const sink = new MemorySink();
		const evidence = await streamImage(request({ platforms: [AMD64] }), sink, place.settings(images));
		expect(evidence.package).toMatchObject({
			path: undefined,
			sha256: sha256Hex(sink.bytes),
			bytes: sink.bytes.length,
		});
	});

	test("is of one platform", async () => {
		const streaming = streamImage(request(), new MemorySink(), place.settings(images));
		await expect(streaming).rejects.toMatchObject({ code: "ERR_BUILD_PLATFORM" });
		await expect(streaming).rejects.toThrow("expected one platform, got linux/amd64, linux/arm64");
	});
});

describe("a plan", () => {
	test("fetches manifests and configurations, and no layer", async () => {
		const plan = await planExport({ image: "web", outputDirectory: place.directory }, place.settings(images));
		expect(plan.platforms.map(({ match }) => match)).toEqual(["exact", "exact"]);
		const layers = new Set<string>(plan.platforms.flatMap((platform) => platform.layers));
		expect(images.asked.filter((what) => layers.has(what))).toEqual([]);
		expect(outputs()).toEqual([]);
	});

	test("of a root file system is its size", async () => {
		const plan = await planExport(
			{ image: `dir:${place.path("tmp")}`, platforms: [ARM64], outputDirectory: place.directory },
			place.settings(images),
		);
		expect(plan.platforms).toEqual([
			{ requested: ARM64, platform: ARM64, match: "given", size: 0, layers: [] },
		]);
	});
});
