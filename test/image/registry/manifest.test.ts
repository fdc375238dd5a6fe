import { gzipSync } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import {
	digestBytes,
	MAX_MANIFEST_SIZE,
	parsePlatform,
	resolveImages,
} from "../../../src/image/oci/index.js";
import { encode, TYPES } from "../../support/memory-source.js";
import { answerError, type Fault, type TestRegistry } from "../../support/registry.js";
import { closeAll, connect, failure, startRegistry } from "../../support/registry-client.js";

afterEach(closeAll);

const linux = { os: "linux", architecture: "amd64" };

async function registryWithImage(): Promise<TestRegistry> {
	const registry = await startRegistry();
	registry.addImage("app", linux, [Buffer.from("layer")], "1");
	return registry;
}

/** Manifests are answered with these bytes and headers. */
function answerManifest(
	registry: TestRegistry,
	document: unknown,
	headers: Record<string, string | number>,
): void {
	registry.script(/manifests/, (_, response) => response.writeHead(200, headers).end(encode(document)));
}

test("all kinds of manifests and indexes are asked for at once", async () => {
	const registry = await registryWithImage();
	await connect(registry.host, "app:1").source.fetchManifest();
	const { accept } = registry.calls.at(-1)!.headers;
	for (const type of [TYPES.manifest, TYPES.index, TYPES.dockerManifest, TYPES.dockerIndex])
		expect(accept).toContain(type);
});

test("one index fetch serves all platforms, a digest needs no tag", async () => {
	const registry = await startRegistry();
	const names = ["linux/amd64", "linux/arm/v6", "linux/arm64"].map(parsePlatform);
	const entries = names.map((name) => registry.addImage("app", name, [Buffer.from("shared layer")]));
	const index = registry.addIndex("app", "1", entries);
	const client = connect(registry.host, `app:1@${index.digest}`);
	const images = await resolveImages(client.source, names, { policy: "exact" });
	expect(images.map(({ digest }) => digest)).toEqual(entries.map(({ digest }) => digest));
	expect(registry.paths(/manifests/)).toEqual(
		[index, ...entries].map(({ digest }) => `/v2/app/manifests/${digest}`),
	);
	expect(registry.paths(/tags|HEAD/)).toEqual([]);
});

test("row 33: without Docker-Content-Digest the digest is computed", async () => {
	const registry = await registryWithImage();
	const { bytes } = await connect(registry.host, "app:1").source.fetchManifest();
	answerManifest(registry, bytes, { "Content-Type": TYPES.manifest });
	const { descriptor } = await connect(registry.host, "app:1").source.fetchManifest();
	expect(descriptor).toEqual({ mediaType: TYPES.manifest, digest: digestBytes(bytes), size: bytes.length });
});

test("row 34: Docker-Content-Digest of another manifest", async () => {
	const registry = await registryWithImage();
	const { bytes } = await connect(registry.host, "app:1").source.fetchManifest();
	const other = digestBytes(Buffer.from("other"));
	answerManifest(registry, bytes, { "Content-Type": TYPES.manifest, "Docker-Content-Digest": other });
	const error = await failure(connect(registry.host, "app:1").source.fetchManifest());
	expect(error.code).toBe("ERR_REGISTRY_DIGEST");
	expect(error.message).toContain(`expected ${other}, got ${digestBytes(bytes)}`);
});

test("row 34: a pull by digest with another body", async () => {
	const registry = await registryWithImage();
	const { bytes } = await connect(registry.host, "app:1").source.fetchManifest();
	answerManifest(registry, bytes, { "Content-Type": TYPES.manifest });
	const wanted = digestBytes(Buffer.from("wanted"));
	const error = await failure(connect(registry.host, `app:1@${wanted}`).source.fetchManifest());
	expect(error.message).toContain(`expected ${wanted}, got ${digestBytes(bytes)}`);
});

test("row 34: bytes spoilt on the way are fetched again", async () => {
	const registry = await registryWithImage();
	const { bytes, descriptor } = await connect(registry.host, "app:1").source.fetchManifest();
	const spoilt = Buffer.from(bytes).fill(32, 5, 6);
	registry.script(/manifests/, (_, response) => response.end(spoilt), 1);
	const again = await connect(registry.host, `app@${descriptor.digest}`).source.fetchManifest();
	expect(Buffer.from(again.bytes)).toEqual(Buffer.from(bytes));
});

test.each(["sha256:123", "md5:abc", "../x"])(
	"row 45: Docker-Content-Digest %s is refused",
	async (digest) => {
		const registry = await registryWithImage();
		answerManifest(registry, {}, { "Docker-Content-Digest": digest });
		const error = await failure(connect(registry.host, "app:1").source.fetchManifest());
		expect(error.code).toBe("ERR_DIGEST");
	},
);

test("row 45: a manifest by sha512", async () => {
	const registry = await registryWithImage();
	const { bytes } = await connect(registry.host, "app:1").source.fetchManifest();
	const digest = digestBytes(bytes, "sha512");
	const fetched = await connect(registry.host, `app@${digest}`).source.fetchManifest();
	expect(fetched.descriptor.digest).toBe(digest);
});

test.each([
	`${TYPES.manifest}; charset=utf-8`,
	TYPES.manifest.toUpperCase(),
	undefined,
	"text/plain",
	"application/json",
])("row 35: Content-Type %s", async (type) => {
	const registry = await registryWithImage();
	const { bytes } = await connect(registry.host, "app:1").source.fetchManifest();
	answerManifest(registry, bytes, type === undefined ? {} : { "Content-Type": type });
	const { descriptor } = await connect(registry.host, "app:1").source.fetchManifest();
	expect(descriptor.mediaType).toBe(TYPES.manifest);
});

test("row 35: Content-Type and mediaType that differ", async () => {
	const registry = await registryWithImage();
	const { bytes } = await connect(registry.host, "app:1").source.fetchManifest();
	answerManifest(registry, bytes, { "Content-Type": TYPES.dockerManifest });
	const error = await failure(connect(registry.host, "app:1").source.fetchManifest());
	expect(error.message).toContain("the server calls it");
});

test.each(["application/vnd.docker.distribution.manifest.v1+prettyjws", "application/json"])(
	"row 36: schema 1 as %s",
	async (type) => {
		const registry = await registryWithImage();
		answerManifest(registry, { schemaVersion: 1, fsLayers: [] }, { "Content-Type": type });
		const error = await failure(connect(registry.host, "app:1").source.fetchManifest());
		expect(error.message).toContain("schema 1 is not supported");
	},
);

test("row 40: an image without the platform is an error that lists what there is", async () => {
	const registry = await startRegistry();
	registry.addIndex("app", "1", [registry.addImage("app", linux, [])]);
	const { source } = connect(registry.host, "app:1");
	const error = await failure(resolveImages(source, [parsePlatform("linux/mips")], { policy: "compatible" }));
	expect(error.message).toBe(
		`${registry.host}/app:1: choose platform: no image for linux/mips, it has linux/amd64`,
	);
});

test("row 41: an index that names itself by a lying server", async () => {
	const registry = await startRegistry();
	const nested = registry.addIndex("app", "nested", []);
	registry.addIndex("app", "1", [nested]);
	answerManifest(registry, { schemaVersion: 2, manifests: [nested] }, { "Content-Type": TYPES.index });
	const error = await failure(
		resolveImages(connect(registry.host, "app:1").source, undefined, { policy: "compatible" }),
	);
	expect(error.code).toBe("ERR_REGISTRY_DIGEST");
});

test("row 42: an artifact is not an image", async () => {
	const registry = await startRegistry();
	const config = registry.addBlob({}, "application/vnd.oci.empty.v1+json");
	const document = {
		schemaVersion: 2,
		mediaType: TYPES.manifest,
		artifactType: "application/x",
		config,
		layers: [],
	};
	registry.addManifest("app", "1", document, TYPES.manifest);
	const error = await failure(
		resolveImages(connect(registry.host, "app:1").source, undefined, { policy: "compatible" }),
	);
	expect(error.code).toBe("ERR_MANIFEST_UNSUPPORTED");
});

test("row 47: a HEAD with a digest saves the look-up, one without gives nothing", async () => {
	const registry = await registryWithImage();
	const client = connect(registry.host, "app:1");
	const { descriptor } = await client.source.fetchManifest();
	expect(await client.source.resolveDigest()).toBe(descriptor.digest);
	registry.script(
		/HEAD/,
		(_, response) => response.writeHead(200, { "Content-Type": TYPES.manifest }).end(),
		1,
	);
	expect(await client.source.resolveDigest()).toBeUndefined();
	registry.script(/HEAD/, (_, response) => response.destroy(), 1);
	expect(await client.source.resolveDigest()).toBeUndefined();
	const pinned = connect(registry.host, `app@${descriptor.digest}`);
	expect(await pinned.source.resolveDigest()).toBe(descriptor.digest);
});

test("row 50: warnings are shown once and cannot steer the terminal", async () => {
	const registry = await registryWithImage();
	const warning = '299 - "this tag goes away \\"soon\\" \u009b2J"';
	registry.script(/manifests/, (_, response) => {
		response.setHeader("Warning", [warning, '110 cache "stale"', warning]);
		return false;
	});
	const client = connect(registry.host, "app:1");
	await client.source.fetchManifest();
	await client.source.fetchManifest();
	expect(client.warnings).toHaveLength(1);
	expect(client.warnings[0]).toContain(`${registry.host}: this tag goes away "soon" \\x`);
	expect(client.warnings[0]).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
});

test("row 51: 4 MiB are accepted", async () => {
	const registry = await registryWithImage();
	const { bytes } = await connect(registry.host, "app:1").source.fetchManifest();
	const padded = Buffer.alloc(MAX_MANIFEST_SIZE, 32);
	padded.set(bytes);
	answerManifest(registry, padded, { "Content-Type": TYPES.manifest });
	const { descriptor } = await connect(registry.host, "app:1").source.fetchManifest();
	expect(descriptor.size).toBe(MAX_MANIFEST_SIZE);
});

test.each([
	["5 MiB", 5 * 1024 * 1024, true],
	["5 MiB, chunked", 5 * 1024 * 1024, false],
	["200 MiB", 200 * 1024 * 1024, true],
	["200 MiB, chunked", 200 * 1024 * 1024, false],
])("row 51: %s are refused without reading all", async (_, size, withLength) => {
	const registry = await registryWithImage();
	const piece = Buffer.alloc(1024 * 1024, 32);
	let sent = 0;
	registry.script(/manifests/, async (_call, response) => {
		response
			.writeHead(200, withLength ? { "Content-Length": size } : {})
			.once("close", () => response.emit("drain"));
		while (sent < size && !response.destroyed) {
			sent += piece.length;
			if (!response.write(piece)) await new Promise((resolve) => response.once("drain", resolve));
		}
		response.end();
	});
	const error = await failure(connect(registry.host, "app:1").source.fetchManifest());
	expect(error.message).toContain(`expected at most ${MAX_MANIFEST_SIZE} bytes, got`);
	expect(sent).toBeLessThan(20 * 1024 * 1024);
});

test("row 51: what announces too much is refused before any of it comes", async () => {
	const registry = await registryWithImage();
	registry.script(/manifests/, (_, response) => {
		response.writeHead(200, { "Content-Length": MAX_MANIFEST_SIZE + 1 }).flushHeaders();
	});
	const error = await failure(connect(registry.host, "app:1", { timeout: 60_000 }).source.fetchManifest());
	expect(error.message).toContain(`at most ${MAX_MANIFEST_SIZE} bytes, got ${MAX_MANIFEST_SIZE + 1} or more`);
});

test("row 52: with tag and digest together the digest wins", async () => {
	const registry = await registryWithImage();
	const { digest } = registry.addImage("app", linux, [Buffer.from("another")]);
	const fetched = await connect(registry.host, `app:1@${digest}`).source.fetchManifest();
	expect(fetched.descriptor.digest).toBe(digest);
	expect(registry.paths(/manifests/)).toEqual([`/v2/app/manifests/${digest}`]);
});

test("row 54: a manifest that comes encoded all the same", async () => {
	const registry = await registryWithImage();
	const encoded = (bytes: Uint8Array): Fault => {
		return (_, response) => response.writeHead(200, { "Content-Encoding": "gzip" }).end(bytes);
	};
	const document = await connect(registry.host, "app:1").source.fetchManifest();
	for (const bytes of [document.bytes, gzipSync(document.bytes)]) {
		registry.script(/manifests/, encoded(bytes), 1);
		expect(await connect(registry.host, "app:1").source.fetchManifest()).toEqual(document);
	}
	registry.script(/manifests/, encoded(gzipSync(Buffer.alloc(MAX_MANIFEST_SIZE + 1))), 1);
	const error = await failure(connect(registry.host, "app:1").source.fetchManifest());
	expect(error.message).toContain(`expected gzip of at most ${MAX_MANIFEST_SIZE} bytes`);
});

test("the registry's rate limit is noted", async () => {
	const registry = await registryWithImage();
	registry.script(/manifests/, (_, response) => {
		response.setHeader("RateLimit-Remaining", "76;w=21600");
		return false;
	});
	const client = connect(registry.host, "app:1");
	await client.source.fetchManifest();
	expect(client.notes.join("\n")).toContain("ratelimit-remaining 76;w=21600");
});

test("row 49: tags over several pages, relative links", async () => {
	const registry = await startRegistry();
	const pages = [["a", "b"], ["c"], []];
	registry.script(/tags\/list/, (call, response) => {
		const page = Number(call.query.get("page") ?? 0);
		if (page < 2) response.setHeader("Link", `<list?page=${page + 1}>; rel="next"`);
		response.end(JSON.stringify({ name: "app", tags: page === 2 ? null : pages[page] }));
	});
	expect(await connect(registry.host, "app").source.listTags()).toEqual(["a", "b", "c"]);
	expect(registry.paths(/tags/)[0]).toContain("n=1000");
});

test.each([
	['<list?page=1>; rel="first", <list?page=2>; title="a"; REL = "next"', "list?page=2"],
	["<list?page=1>;rel=prev,<list?page=2>;rel=next", "list?page=2"],
	['<list?page=2>; rel="last next"', "list?page=2"],
	['<list?page=2>; rel="nextish"', undefined],
	["<".repeat(12_000), undefined],
	["<a>;".repeat(4_000), undefined],
])("row 49: the next page of a Link header, %#", async (link, next) => {
	const registry = await startRegistry();
	registry.script(/tags\/list/, (call, response) => {
		if (!call.query.has("page")) response.setHeader("Link", link);
		response.end('{"tags":["a"]}');
	});
	await connect(registry.host, "app").source.listTags();
	expect(registry.paths(/page/)).toEqual(next === undefined ? [] : [`/v2/app/tags/${next}`]);
});

test("row 49: a link to another host is not followed", async () => {
	const [registry, other] = [await startRegistry(), await startRegistry()];
	registry.script(/tags\/list/, (_, response) => {
		response.setHeader("Link", `<${other.url}/v2/app/tags/list>; rel=next`);
		response.end('{"tags":["a"]}');
	});
	const error = await failure(connect(registry.host, "app").source.listTags());
	expect(error.message).toContain("the next page is elsewhere");
	expect(other.calls).toEqual([]);
});

test("row 49: pages that never end", async () => {
	const registry = await startRegistry();
	registry.script(/tags\/list/, (_, response) => {
		response.setHeader("Link", '</v2/app/tags/list>; rel="next"');
		response.end('{"tags":["a"]}');
	});
	const error = await failure(connect(registry.host, "app").source.listTags());
	expect(error.message).toContain("more than 100 pages");
});

test("row 49: a list that is none", async () => {
	const registry = await startRegistry();
	registry.script(/tags\/list/, (_, response) => response.end("<html>"), 1);
	expect((await failure(connect(registry.host, "app").source.listTags())).message).toContain(
		"is not a list of tags",
	);
	registry.script(/tags\/list/, (_, response) =>
		answerError(response, 404, "NAME_UNKNOWN", "no such repository"),
	);
	expect((await failure(connect(registry.host, "app").source.listTags())).message).toMatch(
		/NAME_UNKNOWN.*\(check the name\)$/,
	);
});
