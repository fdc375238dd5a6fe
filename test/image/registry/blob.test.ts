import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import { type Descriptor, digestBytes } from "../../../src/image/oci/index.js";
import { describe as describeBytes, TYPES } from "../../support/memory-source.js";
import {
	answerBytes,
	answerError,
	breakOff,
	type Fault,
	redirect,
	type TestRegistry,
} from "../../support/registry.js";
import {
	closeAll,
	connect,
	failure,
	readBlob,
	startProxy,
	startRegistry,
} from "../../support/registry-client.js";

afterEach(closeAll);

const content = Buffer.from(Array.from({ length: 200_000 }, (_, at) => (at * 7 + (at >> 8)) & 255));
const half = content.length / 2;
const ranges = (registry: TestRegistry) =>
	registry.calls.filter(({ path }) => path.includes("/blobs/")).map(({ headers }) => headers.range);

async function withBlob(fault?: Fault, times = 1): Promise<{ registry: TestRegistry; blob: Descriptor }> {
	const registry = await startRegistry();
	const blob = registry.addBlob(content);
	if (fault !== undefined) registry.script(/GET .*blobs/, fault, times);
	return { registry, blob };
}

test("row 54: a blob comes whole, by one request, asked for without encoding", async () => {
	const { registry, blob } = await withBlob();
	expect(content.equals(await readBlob(connect(registry.host, "app:1"), blob))).toBe(true);
	expect(registry.paths(/blobs/)).toEqual([`/v2/app/blobs/${blob.digest}`]);
	expect(registry.calls.at(-1)!.headers["accept-encoding"]).toBe("identity");
});

test("from an offset come only the bytes from there on", async () => {
	const { registry, blob } = await withBlob();
	expect(content.subarray(half).equals(await readBlob(connect(registry.host, "app:1"), blob, half))).toBe(
		true,
	);
	expect(ranges(registry)).toEqual([`bytes=${half}-`]);
	expect(await readBlob(connect(registry.host, "app:1"), blob, content.length)).toEqual(Buffer.alloc(0));
});

test("from an offset, 0 too, the reader checks the digest", async () => {
	const { registry, blob } = await withBlob((_, response) =>
		response.writeHead(200).end(Buffer.alloc(content.length)),
	);
	expect(
		(await readBlob(connect(registry.host, "app:1"), blob, 0)).equals(Buffer.alloc(content.length)),
	).toBe(true);
	registry.script(/blobs/, (_, response) => response.end(Buffer.alloc(content.length + 1)));
	expect((await failure(readBlob(connect(registry.host, "app:1"), blob, 0))).code).toBe("ERR_BLOB_SIZE");
});

test("from an offset, though the server knows no ranges", async () => {
	const { registry, blob } = await withBlob((_, response) => response.writeHead(200).end(content));
	expect(content.subarray(half).equals(await readBlob(connect(registry.host, "app:1"), blob, half))).toBe(
		true,
	);
});

test("row 27: a body that ends early goes on from the last byte", async () => {
	const { registry, blob } = await withBlob((_, response) =>
		breakOff(response, content.subarray(0, half), content.length),
	);
	const client = connect(registry.host, "app:1");
	expect(content.equals(await readBlob(client, blob))).toBe(true);
	expect(ranges(registry)).toEqual([undefined, `bytes=${half}-`]);
});

test("row 27: without Content-Length too", async () => {
	const { registry, blob } = await withBlob((_, response) =>
		response.writeHead(200).end(content.subarray(0, half)),
	);
	const client = connect(registry.host, "app:1");
	expect(content.equals(await readBlob(client, blob))).toBe(true);
	expect(ranges(registry)).toEqual([undefined, `bytes=${half}-`]);
	expect(client.pauses).toEqual([250]);
});

test("row 27: a line that breaks at every 70,000 bytes gets there, as each try gets further", async () => {
	const { registry, blob } = await withBlob((call, response) => {
		const start = Number(/\d+/.exec(call.headers.range ?? "0")![0]);
		const part = content.subarray(start, start + 70_000);
		const headers = {
			"Content-Length": content.length - start,
			"Content-Range": `bytes ${start}-199999/200000`,
		};
		response.writeHead(start === 0 ? 200 : 206, headers);
		response.write(part, () => response.destroy());
	}, 2);
	const client = connect(registry.host, "app:1", { retries: 1 });
	expect(content.equals(await readBlob(client, blob))).toBe(true);
	expect(client.pauses).toEqual([250, 250]);
});

test("row 27: one that brings nothing more is given up", async () => {
	const { registry, blob } = await withBlob(
		(_, response) => breakOff(response, Buffer.alloc(0), content.length),
		99,
	);
	const client = connect(registry.host, "app:1", { retries: 2 });
	const error = await failure(readBlob(client, blob));
	expect(error.code).toBe("ERR_REGISTRY_NETWORK");
	expect(client.pauses).toEqual([250, 500]);
});

test("row 28: Range answered with 200 and the whole body", async () => {
	const { registry, blob } = await withBlob((call, response) => {
		if (call.headers.range === undefined) breakOff(response, content.subarray(0, half), content.length);
		else response.writeHead(200, { "Content-Length": content.length }).end(content);
	}, 2);
	expect(content.equals(await readBlob(connect(registry.host, "app:1"), blob))).toBe(true);
	expect(ranges(registry)).toEqual([undefined, `bytes=${half}-`]);
});

test.each([
	["another start", (start: number) => `bytes ${start - 10}-199999/200000`],
	["no Content-Range", () => undefined],
	["nonsense", () => "bytes */200000"],
	["another size", (start: number) => `bytes ${start}-199999/200001`],
	["more than there is", (start: number) => `bytes ${start}-200000/*`],
	["an end before its start", (start: number) => `bytes ${start}-${start - 1}/200000`],
])("row 29: 206 with %s: the whole is asked for", async (_, contentRange) => {
	const { registry, blob } = await withBlob((call, response) => {
		if (call.headers.range === undefined)
			return breakOff(response, content.subarray(0, half), content.length);
		const range = contentRange(half);
		response
			.writeHead(206, range === undefined ? {} : { "Content-Range": range })
			.end(content.subarray(half - 10));
	}, 2);
	expect(content.equals(await readBlob(connect(registry.host, "app:1"), blob))).toBe(true);
	expect(ranges(registry)).toEqual([undefined, `bytes=${half}-`, undefined]);
});

/** What breaks in the middle, and what the server says to the request for the rest. */
async function withRest(rest: (start: number, response: Parameters<Fault>[1]) => unknown, times: number) {
	return withBlob((call, response) => {
		const start = /^bytes=(\d+)-$/.exec(call.headers.range ?? "")?.[1];
		if (start === undefined) return breakOff(response, content.subarray(0, half), content.length);
		return rest(Number(start), response);
	}, times);
}

/** A right part of at most `size` bytes. */
function answerPart(response: Parameters<Fault>[1], start: number, size: number): void {
	const part = content.subarray(start, start + size);
	const range = `bytes ${start}-${start + part.length - 1}/${content.length}`;
	response.writeHead(206, { "Content-Length": part.length, "Content-Range": range }).end(part);
}

test("row 29: a 206 may be shorter than asked: the next request goes on behind it", async () => {
	const { registry, blob } = await withRest((start, response) => answerPart(response, start, 70_000), 9);
	const client = connect(registry.host, "app:1", { retries: 1 });
	expect(content.equals(await readBlob(client, blob))).toBe(true);
	expect(ranges(registry)).toEqual([undefined, `bytes=${half}-`, `bytes=${half + 70_000}-`]);
	expect(client.pauses).toEqual([250]);
});

test("row 29: 206s that are crumbs are faults, and not asked for without end", async () => {
	const { registry, blob } = await withRest((start, response) => answerPart(response, start, 10), 99);
	const client = connect(registry.host, "app:1", { retries: 3 });
	const error = await failure(readBlob(client, blob));
	expect(error.code).toBe("ERR_REGISTRY_NETWORK");
	expect(error.message).toContain("only a small part, expected 200000 bytes, got 100030");
	expect(registry.calls.filter(({ path }) => path.includes("/blobs/"))).toHaveLength(4);
});

test("row 29: 206 whose length is not that of its range: the whole is asked for", async () => {
	const { registry, blob } = await withRest((start, response) => {
		const range = `bytes ${start}-199999/200000`;
		response.writeHead(206, { "Content-Length": 5, "Content-Range": range }).end("short");
	}, 2);
	expect(content.equals(await readBlob(connect(registry.host, "app:1"), blob))).toBe(true);
	expect(ranges(registry)).toEqual([undefined, `bytes=${half}-`, undefined]);
});

test("row 32: a wrong Content-Length for the rest of a blob may pass", async () => {
	const error = Buffer.from("<html>Busy");
	const { registry, blob } = await withRest((_, response) => response.end(error), 3);
	const client = connect(registry.host, "app:1");
	expect(content.equals(await readBlob(client, blob))).toBe(true);
	expect(client.pauses).toEqual([250, 500, 1_000]);
	expect(content.subarray(half).equals(await readBlob(client, blob, half))).toBe(true);
});

test("row 32: a wrong Content-Length that stays is an error after a few tries", async () => {
	const { registry, blob } = await withRest((_, response) => response.end("<html>Busy"), 99);
	const client = connect(registry.host, "app:1", { retries: 2 });
	const error = await failure(readBlob(client, blob));
	expect(error.code).toBe("ERR_REGISTRY_NETWORK");
	expect(error.message).toContain("announced a body of 10 at 0, expected 200000 bytes, got 100000");
	expect(client.pauses).toEqual([250, 500]);
});

test("row 29: 416: the whole is asked for", async () => {
	const { registry, blob } = await withBlob((call, response) => {
		if (call.headers.range === undefined) breakOff(response, content.subarray(0, half), content.length);
		else response.writeHead(416).end();
	}, 2);
	expect(content.equals(await readBlob(connect(registry.host, "app:1"), blob))).toBe(true);
	expect(ranges(registry)).toEqual([undefined, `bytes=${half}-`, undefined]);
});

test("row 30: right length, wrong bytes", async () => {
	const wrong = Buffer.from(content).fill(0, 1000, 1001);
	const { registry, blob } = await withBlob((call, response) => answerBytes(response, call, wrong));
	const error = await failure(readBlob(connect(registry.host, "app:1"), blob));
	expect(error.code).toBe("ERR_BLOB_DIGEST");
	expect(error.message).toContain(`expected ${blob.digest}, got ${digestBytes(wrong)}`);
});

test("row 30: wrong bytes in the resumed half", async () => {
	const { registry, blob } = await withBlob((call, response) => {
		if (call.headers.range === undefined) breakOff(response, content.subarray(0, half), content.length);
		else answerBytes(response, call, Buffer.alloc(content.length));
	}, 2);
	expect((await failure(readBlob(connect(registry.host, "app:1"), blob))).code).toBe("ERR_BLOB_DIGEST");
});

test("row 31: an endless body is stopped at the first byte too many", async () => {
	let sent = 0;
	const { registry, blob } = await withBlob(async (_, response) => {
		response.writeHead(200).once("close", () => response.emit("drain"));
		while (!response.destroyed && sent < 1e9) {
			sent += content.length;
			if (!response.write(content)) await new Promise((resolve) => response.once("drain", resolve));
		}
	});
	const error = await failure(readBlob(connect(registry.host, "app:1"), blob));
	expect(error.code).toBe("ERR_BLOB_SIZE");
	expect(error.message).toContain(`expected ${content.length} bytes, got at least`);
	expect(sent).toBeLessThan(50e6);
});

test("row 31: also where the reader checks the digest", async () => {
	const { registry, blob } = await withBlob((_, response) => {
		response.writeHead(200).write(content);
		response.end("x");
	});
	expect((await failure(readBlob(connect(registry.host, "app:1"), blob, half))).code).toBe("ERR_BLOB_SIZE");
});

test.each([-1, 1])("row 32: Content-Length off by %i is an error before anything is read", async (off) => {
	const { registry, blob } = await withBlob((_, response) => {
		response.writeHead(200, { "Content-Length": content.length + off });
		response.write("x");
	});
	const error = await failure(readBlob(connect(registry.host, "app:1", { timeout: 60_000 }), blob));
	expect(error.code).toBe("ERR_BLOB_SIZE");
	expect(error.message).toContain(`expected ${content.length} bytes, got a body of ${content.length + off}`);
});

test("row 44: a foreign layer comes from the registry where that has it", async () => {
	const { registry, blob } = await withBlob();
	const foreign = { ...blob, mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip" };
	const client = connect(registry.host, "app:1", { foreignLayerUrls: true });
	expect(content.equals(await readBlob(client, { ...foreign, urls: ["http://elsewhere.test/x"] }))).toBe(
		true,
	);
});

/** A registry that has not got the blob, and a proxy behind which another host has. */
async function foreignPlace() {
	const [registry, storage, proxy] = [await startRegistry(), await startRegistry(), await startProxy()];
	proxy.hosts.set("storage.test:80", storage.port);
	const mediaType = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
	const layer = { ...storage.addBlob(content), mediaType };
	const urls = [`http://storage.test/v2/x/blobs/${layer.digest}`];
	return { registry, storage, layer: { ...layer, urls }, env: { HTTP_PROXY: proxy.host } };
}

test("row 44: its urls are asked on request only, without Authorization", async () => {
	const { registry, storage, layer, env } = await foreignPlace();
	const refused = await failure(readBlob(connect(registry.host, "app:1", { env }), layer));
	expect(refused.code).toBe("ERR_REGISTRY_NOT_FOUND");
	expect(storage.calls).toEqual([]);
	const credentials = { username: "user", password: "s3cret" };
	const client = connect(registry.host, "app:1", { env, credentials, foreignLayerUrls: true });
	expect(content.equals(await readBlob(client, layer))).toBe(true);
	expect(storage.calls[0]!.headers.authorization).toBeUndefined();
});

test("row 44: what they give is checked", async () => {
	const { registry, storage, layer, env } = await foreignPlace();
	storage.script(/./, (_, response) => response.end(Buffer.alloc(content.length)));
	const error = await failure(
		readBlob(connect(registry.host, "app:1", { env, foreignLayerUrls: true }), layer),
	);
	expect(error.code).toBe("ERR_BLOB_DIGEST");
});

test.each(["http://127.0.0.1:1/", "http://10.1.2.3/", "http://169.254.169.254/latest"])(
	"row 44: a url cannot lead on to %s",
	async (location) => {
		const { registry, storage, layer, env } = await foreignPlace();
		storage.script(/./, (_, response) => redirect(response, location));
		const client = connect(registry.host, "app:1", { env, foreignLayerUrls: true, retries: 0 });
		expect((await failure(readBlob(client, layer))).code).toBe("ERR_REGISTRY_UNSAFE");
	},
);

test.each([
	"http://127.0.0.1:1/",
	"http://10.1.2.3/",
	"http://169.254.169.254/",
	"http://[::ffff:192.168.0.1]/",
	"file:///etc/passwd",
])("row 44: %s is never asked", async (url) => {
	const { registry, layer } = await foreignPlace();
	const client = connect(registry.host, "app:1", { foreignLayerUrls: true });
	const error = await failure(readBlob(client, { ...layer, urls: [url] }));
	expect(["ERR_REGISTRY_UNSAFE", "ERR_REGISTRY_RESPONSE"]).toContain(error.code);
});

test("row 45: sha512 is checked", async () => {
	const { registry, blob } = await withBlob();
	const long = { ...blob, digest: digestBytes(content, "sha512") };
	expect(content.equals(await readBlob(connect(registry.host, "app:1"), long))).toBe(true);
	registry.script(/blobs/, (_, response) => response.end(Buffer.alloc(content.length)));
	const error = await failure(readBlob(connect(registry.host, "app:1"), long));
	expect(error.message).toContain(createHash("sha512").update(Buffer.alloc(content.length)).digest("hex"));
});

test.each([404, 405])("row 47: HEAD answers %i though GET works", async (status) => {
	const { registry, blob } = await withBlob();
	registry.script(/HEAD/, (_, response) => response.writeHead(status).end());
	registry.addImage("app", { os: "linux", architecture: "amd64" }, [], "1");
	const client = connect(registry.host, "app:1");
	expect(await client.source.resolveDigest()).toBeUndefined();
	expect((await client.source.fetchManifest()).bytes.length).toBeGreaterThan(0);
	expect(content.equals(await readBlob(client, blob))).toBe(true);
});

test("row 48: layers come as they are stored, whatever their type says", async () => {
	const registry = await startRegistry();
	const client = connect(registry.host, "app:1");
	const gzip = gzipSync("a");
	for (const [bytes, type] of [
		[gzip, TYPES.layer],
		[Buffer.from("plain tar"), TYPES.layer],
		[Buffer.concat([gzip, gzip]), TYPES.layer],
		[Buffer.from("28b52ffd", "hex"), "application/vnd.oci.image.layer.v1.tar+zstd"],
		[Buffer.alloc(0), TYPES.layer],
	] as const) {
		expect(await readBlob(client, registry.addBlob(bytes, type))).toEqual(Buffer.from(bytes));
	}
});

test.each([
	["with its length", true],
	["chunked", false],
])("row 54: Content-Encoding added on the way is undone (%s)", async (_, withLength) => {
	const encoded = gzipSync(content);
	const { registry, blob } = await withBlob((_, response) => {
		const length = withLength ? { "Content-Length": encoded.length } : {};
		response.writeHead(200, { "Content-Encoding": "gzip", ...length }).end(encoded);
	});
	expect(content.equals(await readBlob(connect(registry.host, "app:1"), blob))).toBe(true);
});

test("row 54: Content-Encoding that only names the layer's own compression", async () => {
	const registry = await startRegistry();
	const layer = gzipSync(content);
	const blob = registry.addBlob(layer);
	registry.script(/blobs/, (call, response) =>
		answerBytes(response, call, layer, { "Content-Encoding": "gzip" }),
	);
	expect(await readBlob(connect(registry.host, "app:1"), blob)).toEqual(layer);
});

test("row 54: chunked, only the digest tells which it is: the other way when it is opened again", async () => {
	const registry = await startRegistry();
	const layer = gzipSync(content);
	const blob = registry.addBlob(layer);
	registry.script(
		/blobs/,
		(_, response) => response.writeHead(200, { "Content-Encoding": "gzip" }).end(layer),
		2,
	);
	const client = connect(registry.host, "app:1");
	expect((await failure(readBlob(client, blob))).code).toMatch(/^ERR_BLOB_/);
	expect(await readBlob(client, blob)).toEqual(layer);
});

test("row 54: a broken line in the middle of an encoded body", async () => {
	const encoded = gzipSync(content, { level: 0 });
	const { registry, blob } = await withBlob((call, response) => {
		response.setHeader("Content-Encoding", "gzip");
		if (registry.calls.length < 4) breakOff(response, encoded.subarray(0, half), encoded.length);
		else response.writeHead(200).end(encoded);
		expect(call.headers).toBeDefined();
	}, 3);
	expect(content.equals(await readBlob(connect(registry.host, "app:1"), blob))).toBe(true);
});

test("row 54: a range of an encoded body is not part of the blob: the whole is asked for", async () => {
	const encoded = gzipSync(content, { level: 0 });
	const { registry, blob } = await withBlob((call, response) => {
		response.setHeader("Content-Encoding", "gzip");
		if (call.headers.range === undefined)
			return breakOff(response, encoded.subarray(0, half), encoded.length);
		const start = Number(/\d+/.exec(call.headers.range)![0]);
		const part = encoded.subarray(start);
		const range = `bytes ${start}-${content.length - 1}/${content.length}`;
		return response.writeHead(206, { "Content-Length": part.length, "Content-Range": range }).end(part);
	}, 2);
	expect(content.equals(await readBlob(connect(registry.host, "app:1"), blob))).toBe(true);
	expect(ranges(registry).slice(1)).toEqual([expect.stringMatching(/^bytes=\d+-$/), undefined]);
});

test("row 54: what matches neither way is an error", async () => {
	const { registry, blob } = await withBlob((_, response) => {
		response.writeHead(200, { "Content-Encoding": "gzip" }).end("no gzip at all");
	});
	const error = await failure(readBlob(connect(registry.host, "app:1"), blob));
	expect(error.code).toBe("ERR_REGISTRY_RESPONSE");
	expect(error.message).toContain("is not gzip, though the server says so");
});

test("a missing blob is not found, with its digest in the address", async () => {
	const { registry } = await withBlob();
	const blob = describeBytes(TYPES.layer, Buffer.from("nowhere"));
	const error = await failure(readBlob(connect(registry.host, "app:1"), blob));
	expect(error.code).toBe("ERR_REGISTRY_NOT_FOUND");
	expect(error.message).toContain(`/v2/app/blobs/${blob.digest} answered 404: BLOB_UNKNOWN`);
});

test("an abort ends a download", async () => {
	const { registry, blob } = await withBlob((_, response) =>
		response.writeHead(200).write(content.subarray(0, half)),
	);
	const abort = new AbortController();
	const client = connect(registry.host, "app:1");
	const reading = (async () => {
		for await (const _ of client.source.openBlob(blob, abort.signal)) abort.abort(new Error("enough"));
	})();
	await expect(reading).rejects.toThrow("enough");
});

test("no more blobs are fetched at a time than allowed", async () => {
	const registry = await startRegistry();
	const blobs = Array.from({ length: 9 }, (_, at) => registry.addBlob(Buffer.from(`blob ${at}`)));
	let [now, most] = [0, 0];
	const waiting: (() => void)[] = [];
	registry.script(/blobs/, async () => {
		most = Math.max(most, ++now);
		await new Promise<void>((resolve) => {
			waiting.push(resolve);
			// All three are here: a fourth would come before this time is over.
			if (waiting.length === 3)
				setTimeout(() => {
					for (const go of waiting.splice(0)) go();
				}, 20);
		});
		now--;
		return false;
	});
	const client = connect(registry.host, "app:1", { concurrency: 3 });
	await Promise.all(blobs.map((blob) => readBlob(client, blob)));
	expect(most).toBe(3);
});

test("a reader that stops early ends the request and gives its place back", async () => {
	const registry = await startRegistry();
	const blob = registry.addBlob(Buffer.alloc(10_000_000));
	const client = connect(registry.host, "app:1", { concurrency: 1 });
	for await (const _ of client.source.openBlob(blob)) break;
	expect((await readBlob(client, blob)).length).toBe(10_000_000);
});

test("errors of a download say which image they belong to", async () => {
	const { registry, blob } = await withBlob((_, response) => answerError(response, 403, "DENIED", "no"));
	const error = await failure(readBlob(connect(registry.host, "team/app:1"), blob));
	expect(error.message).toMatch(new RegExp(`^${registry.host}/team/app:1: fetch blob: `));
});
