import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
	digestBytes,
	OCI_INDEX,
	parseDigest,
	parsePlatform,
	resolveImages,
} from "../../../src/image/oci/index.js";
import { openOciLayout } from "../../../src/image/sources/index.js";
import { layoutFiles, sampleImage } from "../../support/image-layout.js";

let directory: string;

beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "oci-layout-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function write(files: ReadonlyMap<string, Uint8Array>): void {
	for (const [path, bytes] of files) {
		mkdirSync(dirname(join(directory, path)), { recursive: true });
		writeFileSync(join(directory, path), bytes);
	}
}

const NAME = "org.opencontainers.image.ref.name";
const AMD64 = parsePlatform("linux/amd64");
const one = sampleImage("one");
const two = sampleImage("two", "arm64");
const blobPath = (digest: string): string => `blobs/${digest.replace(":", "/")}`;
const MANIFEST = JSON.parse(one.blobs.get(blobPath(one.manifest.digest))!.toString());

async function layersOf(tag?: string, platform = AMD64): Promise<Buffer[]> {
	const source = await openOciLayout(directory, tag, { temporaryDirectory: directory });
	try {
		const [image] = await resolveImages(source, [platform], { policy: "exact" });
		return await Promise.all(
			image!.layers.map(async (layer) => {
				const chunks: Uint8Array[] = [];
				for await (const chunk of layer.open()) chunks.push(chunk);
				return Buffer.concat(chunks);
			}),
		);
	} finally {
		await source.close();
	}
}

describe("choice", () => {
	test("the only image needs no name, and may be named by tag or digest", async () => {
		write(layoutFiles([{ image: one, annotations: { [NAME]: "v1" } }]));
		for (const tag of [undefined, "v1", one.manifest.digest]) expect(await layersOf(tag)).toEqual(one.layers);
	});

	test("containerd's name annotation counts too", async () => {
		write(
			layoutFiles([{ image: one, annotations: { "io.containerd.image.name": "docker.io/library/x:1" } }]),
		);
		expect(await layersOf("docker.io/library/x:1")).toEqual(one.layers);
	});

	test("of several one has to be named", async () => {
		write(
			layoutFiles([
				{ image: one, annotations: { [NAME]: "v1" } },
				{ image: two, annotations: { [NAME]: "v2" } },
			]),
		);
		expect(await layersOf("v2", parsePlatform("linux/arm64"))).toEqual(two.layers);
		await expect(layersOf()).rejects.toMatchObject({
			code: "ERR_IMAGE_AMBIGUOUS",
			message: expect.stringContaining("v1, v2"),
		});
		await expect(layersOf("v3")).rejects.toMatchObject({
			code: "ERR_IMAGE_NOT_FOUND",
			message: expect.stringContaining('no image named "v3", it has v1, v2'),
		});
	});

	test("of very many some are listed, and none can steer the terminal", async () => {
		const names = Array.from({ length: 500 }, (_, at) => `\u001b[2Jv${at}`);
		write(layoutFiles(names.map((name) => ({ image: one, annotations: { [NAME]: name } }))));
		const error: Error = await layersOf("none").catch((cause) => cause);
		expect(error.message).toContain("it has \\x1b[2Jv0, \\x1b[2Jv1, ");
		expect(error.message).toMatch(/, and 480 more$/);
	});

	test("a large manifest that is listed 20,000 times is read once", async () => {
		const manifest = Buffer.from(JSON.stringify({ ...MANIFEST, annotations: { x: "x".repeat(3 << 20) } }));
		const digest = digestBytes(manifest);
		const entry = { mediaType: MANIFEST.mediaType, digest, size: manifest.length };
		const platform = { os: "linux", architecture: "amd64" };
		const lists = (entries: readonly object[]): Buffer =>
			Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: entries }));
		const files = new Map(layoutFiles([{ image: one }])).set(blobPath(digest), manifest);
		const many = lists(Array.from({ length: 20_000 }, () => ({ ...entry, platform })));
		write(files.set("index.json", many));
		expect(await layersOf()).toEqual(one.layers);
		// The same inside of the image's own index.
		files.set(blobPath(digestBytes(many)), many);
		const outer = { mediaType: OCI_INDEX, digest: digestBytes(many), size: many.length };
		write(files.set("index.json", lists([outer])));
		expect(await layersOf()).toEqual(one.layers);
	});

	test("an index.json that lists platforms is one image", async () => {
		write(
			layoutFiles([
				{ image: one, platform: { os: "linux", architecture: "amd64" } },
				{ image: two, platform: { os: "linux", architecture: "arm64" } },
			]),
		);
		expect(await layersOf()).toEqual(one.layers);
		expect(await layersOf(undefined, parsePlatform("linux/arm64"))).toEqual(two.layers);
	});
});

describe("bad layouts", () => {
	test.each([
		["no layout at all", "oci-layout", undefined, "ERR_SOURCE_FORMAT"],
		["another version", "oci-layout", '{"imageLayoutVersion":"2.0.0"}', "ERR_SOURCE_FORMAT"],
		["no index", "index.json", undefined, "ERR_SOURCE_FORMAT"],
		["bad JSON", "index.json", "{", "ERR_JSON_SYNTAX"],
		["an index of 5 MiB", "index.json", " ".repeat(5 << 20), "ERR_SOURCE_FORMAT"],
		["an empty index", "index.json", '{"schemaVersion":2,"manifests":[]}', "ERR_IMAGE_NOT_FOUND"],
		["no manifest", `blobs/${one.manifest.digest.replace(":", "/")}`, undefined, "ERR_BLOB_MISSING"],
		["another manifest", `blobs/${one.manifest.digest.replace(":", "/")}`, "{}", "ERR_BLOB_DIGEST"],
		["a missing layer", one.layerPath, undefined, "ERR_BLOB_MISSING"],
		["a truncated layer", one.layerPath, "", "ERR_BLOB_SIZE"],
		["a wrong layer", one.layerPath, Buffer.alloc(one.layers[0]!.length), "ERR_BLOB_DIGEST"],
	])("%s", async (_name, path, bytes, code) => {
		const files = new Map(layoutFiles([{ image: one }]));
		if (bytes === undefined) files.delete(path);
		else files.set(path, Buffer.from(bytes as string));
		write(files);
		await expect(layersOf()).rejects.toMatchObject({ code });
	});

	test("a blob of another size is refused from any offset on", async () => {
		write(layoutFiles([{ image: one }]));
		const source = await openOciLayout(directory, undefined, { temporaryDirectory: directory });
		const digest = parseDigest(`sha256:${one.layerPath.slice(-64)}`);
		const layer = { mediaType: "", digest, size: one.layers[0]!.length + 1 };
		for (const offset of [0, 5]) {
			const read = source.openBlob(layer, undefined, offset)[Symbol.asyncIterator]().next();
			await expect(read).rejects.toMatchObject({ code: "ERR_BLOB_SIZE" });
		}
		await source.close();
	});

	test("a digest that is none leads nowhere", async () => {
		const files = new Map(layoutFiles([{ image: one }]));
		const index = files
			.get("index.json")!
			.toString()
			.replace(one.manifest.digest, "sha256:../../../etc/passwd");
		write(files.set("index.json", Buffer.from(index)));
		await expect(layersOf()).rejects.toMatchObject({ code: "ERR_MANIFEST" });
	});
});
