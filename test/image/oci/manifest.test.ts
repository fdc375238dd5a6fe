import { expect, test } from "vitest";
import {
	MAX_MANIFEST_SIZE,
	manifestMediaType,
	OciError,
	parseManifestDocument,
} from "../../../src/image/oci/index.js";
import { describe as describeBytes, encode, TYPES } from "../../support/memory-source.js";

const config = describeBytes(TYPES.config, encode({}));
const layer = describeBytes(TYPES.layer, encode({ layer: 1 }));
const manifest = { schemaVersion: 2, mediaType: TYPES.manifest, config, layers: [layer] };
const parse = (document: unknown, type = "") => parseManifestDocument(encode(document), type, "app");

function failure(document: unknown, type = ""): OciError {
	try {
		parse(document, type);
	} catch (error) {
		if (error instanceof OciError) return error;
		throw error;
	}
	throw new Error("no error");
}

test("a manifest, base layer first", () => {
	expect(parse(manifest)).toEqual({
		kind: "manifest",
		manifest: { mediaType: TYPES.manifest, config, layers: [layer] },
	});
});

test("members that Go writes as null count as absent", () => {
	const entry = {
		...config,
		mediaType: TYPES.manifest,
		annotations: null,
		urls: null,
		platform: null,
		data: null,
	};
	expect(parse({ schemaVersion: 2, mediaType: TYPES.index, manifests: [entry] })).toEqual({
		kind: "index",
		index: { mediaType: TYPES.index, manifests: [{ ...config, mediaType: TYPES.manifest }] },
	});
	expect(parse({ ...manifest, layers: null })).toMatchObject({ manifest: { layers: [] } });
});

test.each(["", "text/plain", "application/json", "application/octet-stream", TYPES.manifest])(
	"row 35: with Content-Type %j the document's mediaType counts",
	(type) => {
		expect(manifestMediaType(encode(manifest), type, "app")).toBe(TYPES.manifest);
		if (type === TYPES.manifest) return;
		const docker = { ...manifest, mediaType: TYPES.dockerManifest };
		expect(manifestMediaType(encode(docker), type, "app")).toBe(TYPES.dockerManifest);
	},
);

test("row 35: both there and different is an error", () => {
	const error = failure(manifest, TYPES.index);
	expect(error.code).toBe("ERR_MANIFEST");
	expect(error.message).toContain(
		`the server calls it "${TYPES.index}", the document itself "${TYPES.manifest}"`,
	);
});

test("row 35: a document that does not name its type is known by the header, else by its members", () => {
	const bare = { schemaVersion: 2, config, layers: [layer] };
	expect(manifestMediaType(encode(bare), TYPES.dockerManifest, "app")).toBe(TYPES.dockerManifest);
	expect(manifestMediaType(encode(bare), "", "app")).toBe(TYPES.manifest);
	expect(manifestMediaType(encode({ schemaVersion: 2, manifests: [] }), "", "app")).toBe(TYPES.index);
});

test.each([
	["by header", { schemaVersion: 2 }, "application/vnd.docker.distribution.manifest.v1+prettyjws"],
	["by header, unsigned", {}, "application/vnd.docker.distribution.manifest.v1+json"],
	["by its own mediaType", { mediaType: "application/vnd.docker.distribution.manifest.v1+prettyjws" }, ""],
	["by schemaVersion", { schemaVersion: 1, fsLayers: [], history: [] }, "application/json"],
])("row 36: schema 1 %s", (_, document, type) => {
	const error = failure(document, type);
	expect(error.code).toBe("ERR_MANIFEST_UNSUPPORTED");
	expect(error.message).toContain("schema 1 is not supported");
});

test.each([
	[
		"artifactType",
		{
			...manifest,
			artifactType: "application/spdx+json",
			config: { ...config, mediaType: "application/vnd.oci.empty.v1+json" },
		},
		"an artifact",
	],
	[
		"empty config",
		{ ...manifest, config: { ...config, mediaType: "application/vnd.oci.empty.v1+json" } },
		"config",
	],
	[
		"Helm chart",
		{ ...manifest, config: { ...config, mediaType: "application/vnd.cncf.helm.config.v1+json" } },
		"helm.config",
	],
	["WASM layer", { ...manifest, layers: [{ ...layer, mediaType: "application/wasm" }] }, "application/wasm"],
	[
		"in-toto layer",
		{ ...manifest, layers: [{ ...layer, mediaType: "application/vnd.in-toto+json" }] },
		"application/vnd.in-toto+json",
	],
	[
		"encrypted layer",
		{ ...manifest, layers: [{ ...layer, mediaType: `${TYPES.layer}+encrypted` }] },
		"encrypted",
	],
	[
		"other document",
		{ ...manifest, mediaType: "application/vnd.oci.artifact.manifest.v1+json" },
		"media type",
	],
])("row 42: %s is not an image", (_, document, reason) => {
	const error = failure(document);
	expect(error.code).toBe("ERR_MANIFEST_UNSUPPORTED");
	expect(error.message).toMatch(/^app: not a container image: /);
	expect(error.message).toContain(reason);
});

test.each([
	TYPES.layer,
	"application/vnd.oci.image.layer.v1.tar",
	"application/vnd.oci.image.layer.v1.tar+zstd",
	"application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
	"application/vnd.docker.image.rootfs.diff.tar",
	"application/vnd.docker.image.rootfs.diff.tar.gzip",
	"application/vnd.docker.image.rootfs.diff.tar.zstd",
	"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
])("layers of type %s are layers", (mediaType) => {
	expect(parse({ ...manifest, layers: [{ ...layer, mediaType }] }).kind).toBe("manifest");
});

test.each([
	["a digest with upper-case hex", { ...layer, digest: layer.digest.toUpperCase() }, "layers.0.digest"],
	["a digest that is a path", { ...layer, digest: "sha256:../../x" }, "layers.0.digest"],
	["a negative size", { ...layer, size: -1 }, "layers.0.size"],
	["a size that is not an integer", { ...layer, size: 1.5 }, "layers.0.size"],
	["a size beyond 2^53", { ...layer, size: 2 ** 60 }, "layers.0.size"],
	["no media type", { ...layer, mediaType: undefined }, "layers.0.mediaType"],
])("rows 32, 45: %s is named", (_, bad, where) => {
	const error = failure({ ...manifest, layers: [bad] });
	expect(error.code).toBe("ERR_MANIFEST");
	expect(error.message).toContain(`app: parse manifest: ${where}`);
});

test("row 51: 4 MiB are read, one byte more is not", () => {
	const bytes = Buffer.alloc(MAX_MANIFEST_SIZE, 32);
	bytes.set(encode(manifest));
	expect(parseManifestDocument(bytes, "", "app").kind).toBe("manifest");
	const more = Buffer.concat([bytes, Buffer.from(" ")]);
	expect(() => parseManifestDocument(more, "", "app")).toThrow(/expected at most 4194304 bytes, got 4194305/);
});

test("what is not JSON, or no object, is named", () => {
	expect(() => parse(Buffer.from("<html>"))).toThrow(/app: .*line 1/);
	expect(failure([]).message).toContain("app: parse manifest");
});

const raw = (text: string, type: string = TYPES.manifest) =>
	parseManifestDocument(Buffer.from(text), type, "app");

// CVE-2021-41190: what the digest is of would be decided by a header of the server.
test("a document that is a manifest and an index at once is neither", () => {
	const both = { ...manifest, mediaType: undefined, manifests: [{ ...config, mediaType: TYPES.manifest }] };
	expect(failure(both, TYPES.manifest).message).toBe(
		'app: parse manifest: expected a document that all programs read alike, got a manifest with a member "manifests", by which it is another kind of document, too',
	);
	expect(failure(both, TYPES.index).message).toContain('an index with a member "config"');
	expect(failure({ manifests: [], layers: [layer] }, TYPES.index).message).toContain('a member "layers"');
	expect(parse({ ...manifest, manifests: [] }, TYPES.manifest).kind).toBe("manifest");
	expect(parse({ manifests: [], config: null }, TYPES.index).kind).toBe("index");
});

test("a document with a member twice is refused: programs take the first or the last", () => {
	const text = JSON.stringify(manifest);
	expect(() => raw(text.replace('"layers":', '"layers":[],"layers":'))).toThrow(
		'expected every member once, got "layers"',
	);
});

// Programs in Go take members in any case.
test.each([
	["Layers", (text: string) => text.replace('"layers":', '"Layers":[],"layers":')],
	["layerſ", (text: string) => text.replace('"layers":', '"layerſ":[],"layers":')],
	["Digest", (text: string) => text.replace('"digest":', '"Digest":"sha256:0","digest":')],
	[
		"Architecture",
		(text: string) =>
			text.replace('"size":', '"platform":{"os":"a","architecture":"b","Architecture":"c"},"size":'),
	],
])("a document with the member %s is refused", (name, change) => {
	expect(() => raw(change(JSON.stringify(manifest)))).toThrow(
		`got a member "${name}", which programs in Go take for another one`,
	);
});
