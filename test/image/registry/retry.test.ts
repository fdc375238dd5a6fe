import { afterEach, expect, test } from "vitest";
import { parseRetryAfter } from "../../../src/image/registry/retry.js";
import { answerError, answerJson, type Fault, type TestRegistry } from "../../support/registry.js";
import { closeAll, connect, failure, readBlob, startRegistry } from "../../support/registry-client.js";

afterEach(closeAll);

const linux = { os: "linux", architecture: "amd64" };

async function registryWithImage(): Promise<TestRegistry> {
	const registry = await startRegistry();
	registry.addImage("app", linux, [Buffer.from("layer")], "1");
	return registry;
}

const limited = (retryAfter?: string): Fault => {
	return (_, response) => {
		if (retryAfter !== undefined) response.setHeader("Retry-After", retryAfter);
		answerError(response, 429, "TOOMANYREQUESTS", "You have reached your pull rate limit.");
	};
};

test.each([
	["seconds", "7", [7_000]],
	["a date", "Thu, 01 Jan 1970 00:00:30 GMT", [30_000]],
	["nothing", undefined, [250]],
	["nonsense", "soon", [250]],
	["zero", "0", [250]],
])("row 24: 429 with Retry-After of %s is waited for", async (_, retryAfter, pauses) => {
	const registry = await registryWithImage();
	registry.script(/manifests/, limited(retryAfter), 1);
	const client = connect(registry.host, "app:1");
	await client.source.fetchManifest();
	expect(client.pauses).toEqual(pauses);
});

test("row 24: after a few tries the error says rate limit and shows the body", async () => {
	const registry = await registryWithImage();
	registry.script(/manifests/, limited("5"));
	const client = connect(registry.host, "app:1", { retries: 3 });
	const error = await failure(client.source.fetchManifest());
	expect(error.code).toBe("ERR_REGISTRY_RATE_LIMIT");
	expect(error.message).toContain("429 (rate limit, asks to wait 5 s): TOOMANYREQUESTS: You have reached");
	expect(client.pauses).toEqual([5_000, 5_000, 5_000]);
});

test("row 24: a wait of a day is not begun", async () => {
	const registry = await registryWithImage();
	registry.script(/manifests/, limited("86400"));
	const client = connect(registry.host, "app:1");
	expect((await failure(client.source.fetchManifest())).message).toContain("asks to wait 86400 s");
	expect(client.pauses).toEqual([]);
});

test("row 24: blobs are limited likewise", async () => {
	const registry = await registryWithImage();
	const blob = registry.addBlob(Buffer.from("blob"));
	registry.script(/blobs/, limited("3"), 2);
	const client = connect(registry.host, "app:1");
	expect((await readBlob(client, blob)).toString()).toBe("blob");
	expect(client.pauses).toEqual([3_000, 3_000]);
});

test.each([408, 499, 500, 502, 503, 504, 520, 521, 522, 523, 524, 530])(
	"row 25: %i is tried again with growing pauses",
	async (status) => {
		const registry = await registryWithImage();
		registry.script(/manifests/, (_, response) => response.writeHead(status).end("<html>"), 4);
		const client = connect(registry.host, "app:1");
		await client.source.fetchManifest();
		expect(client.pauses).toEqual([250, 500, 1_000, 2_000]);
	},
);

test("row 25: a connection reset is tried again", async () => {
	const registry = await registryWithImage();
	registry.script(/manifests/, (_, response) => response.destroy(), 2);
	const client = connect(registry.host, "app:1");
	await client.source.fetchManifest();
	expect(client.pauses).toEqual([250, 500]);
});

test("row 25: an answer that does not come is tried again", async () => {
	const registry = await registryWithImage();
	registry.script(/manifests/, () => true, 1);
	const client = connect(registry.host, "app:1", { timeout: 1000 });
	await client.source.fetchManifest();
	// A machine that stands still for a second has more of them.
	expect(client.pauses[0]).toBe(250);
	expect(client.notes.join()).toContain("nothing came for 1000 ms");
});

test("row 25: what stays broken is an error that names the server's words", async () => {
	const registry = await registryWithImage();
	registry.script(/manifests/, (_, response) => answerError(response, 503, "UNAVAILABLE", "in maintenance"));
	const client = connect(registry.host, "app:1", { retries: 2 });
	const error = await failure(client.source.fetchManifest());
	expect(error.code).toBe("ERR_REGISTRY_SERVER");
	expect(error.message).toContain("answered 503: UNAVAILABLE: in maintenance");
	expect(client.pauses).toHaveLength(2);
});

test("row 25: nobody listening is a network error", async () => {
	// A port that was free a moment ago may be another test's by now; nobody is given the first one.
	const client = connect("127.0.0.1:1", "app:1", { retries: 1 });
	const error = await failure(client.source.fetchManifest());
	expect(error.code).toBe("ERR_REGISTRY_NETWORK");
	expect(error.message).toMatch(
		/: nothing is listening at 127\.0\.0\.1:\d+: check the port, and that the server is running$/,
	);
});

test.each([
	[400, "ERR_REGISTRY_RESPONSE", "NAME_INVALID"],
	[403, "ERR_REGISTRY_UNAUTHORIZED", "DENIED"],
	[404, "ERR_REGISTRY_NOT_FOUND", "MANIFEST_UNKNOWN"],
	[405, "ERR_REGISTRY_RESPONSE", "UNSUPPORTED"],
	[410, "ERR_REGISTRY_NOT_FOUND", "GONE"],
])("row 26: %i is not tried again; its code and message are shown", async (status, code, word) => {
	const registry = await registryWithImage();
	registry.script(/manifests/, (_, response) => answerError(response, status, word, "no way"));
	const client = connect(registry.host, "app:1");
	const error = await failure(client.source.fetchManifest());
	expect(error.code).toBe(code);
	expect(error.message).toContain(`${registry.host}/app:1: fetch manifest: `);
	expect(error.message).toContain(`answered ${status}: ${word}: no way`);
	expect(client.pauses).toEqual([]);
	expect(registry.paths(/manifests/)).toHaveLength(1);
});

test.each([
	["HTML", "<html><h1>Not Found</h1></html>"],
	["empty", ""],
	["null", "null"],
	["a list", "[1,null]"],
	["another shape", '{"errors":[1,null,{"code":5}]}'],
	["endless", "x".repeat(200_000)],
])("row 26: a body that is %s does no harm", async (_, body) => {
	const registry = await registryWithImage();
	registry.script(/manifests/, (_, response) => response.writeHead(404).end(body));
	const error = await failure(connect(registry.host, "app:1").source.fetchManifest());
	expect(error.code).toBe("ERR_REGISTRY_NOT_FOUND");
	expect(error.message).toMatch(/answered 404 \(check the name and the tag\)$/);
});

test("row 26: the words of S3-like storage", async () => {
	const registry = await startRegistry();
	registry.script(/./, (_, response) => {
		const detail = "<Code>AccessDenied</Code>\n<Message>Request has expired</Message><X>1</X>";
		response.writeHead(403).end(`<?xml version="1.0"?><Error>${detail}</Error>`);
	});
	const error = await failure(connect(registry.host, "app:1").source.fetchManifest());
	expect(error.message).toMatch(/answered 403: AccessDenied: Request has expired$/);
});

test("row 26: the server's words cannot steer the terminal", async () => {
	const registry = await registryWithImage();
	registry.script(/manifests/, (_, response) => answerError(response, 404, "X", "\u001b]0;evil\u0007\nline"));
	const error = await failure(connect(registry.host, "app:1").source.fetchManifest());
	expect(error.message).toContain("\\x1b]0;evil\\x07\\x0aline");
});

test("row 55: a keep-alive connection that the server closed", async () => {
	const registry = await registryWithImage();
	registry.script(
		/manifests/,
		(_, response) => {
			response.on("finish", () => setImmediate(() => response.socket?.destroy()));
			return false;
		},
		1,
	);
	const client = connect(registry.host, "app:1");
	await client.source.fetchManifest();
	await new Promise((resolve) => setTimeout(resolve, 20));
	await client.source.fetchManifest();
	expect(registry.paths(/manifests/)).toHaveLength(2);
});

test("row 55: a kept connection that ends at the next request is replaced without a try being lost", async () => {
	const registry = await registryWithImage();
	const client = connect(registry.host, "app:1", { retries: 0 });
	await client.source.fetchManifest();
	registry.script(/manifests/, (_, response) => void response.socket?.resetAndDestroy(), 1);
	await client.source.fetchManifest();
	expect(client.pauses).toEqual([]);
	registry.script(/manifests/, (_, response) => void response.socket?.resetAndDestroy(), 2);
	expect((await failure(client.source.fetchManifest())).code).toBe("ERR_REGISTRY_NETWORK");
});

test("row 55: a body that trickles is waited for, one that stalls is not", async () => {
	const registry = await registryWithImage();
	const blob = registry.addBlob(Buffer.from("0123456789"));
	registry.script(
		/blobs/,
		async (_, response) => {
			response.writeHead(200, { "Content-Length": 10 });
			for (const byte of "0123456789") {
				response.write(byte);
				await new Promise((resolve) => setTimeout(resolve, 180));
			}
			response.end();
		},
		1,
	);
	const client = connect(registry.host, "app:1", { timeout: 1500 });
	expect((await readBlob(client, blob)).toString()).toBe("0123456789");
	expect(client.pauses).toEqual([]);
	registry.script(
		/blobs/,
		(_, response) => response.writeHead(200, { "Content-Length": 10 }).write("01234"),
		1,
	);
	expect((await readBlob(client, blob)).toString()).toBe("0123456789");
	expect(client.pauses[0]).toBe(250);
	expect(registry.calls.at(-1)!.headers.range).toBe("bytes=5-");
});

test("row 55: a body that stalls after its reader let the server wait for longer than that is asked for again", async () => {
	const registry = await registryWithImage();
	const bytes = Buffer.alloc(3_000_000, "x");
	const blob = registry.addBlob(bytes);
	registry.script(
		/blobs/,
		(_, response) => response.writeHead(200, { "Content-Length": bytes.length }).write(bytes.subarray(0, -1)),
		1,
	);
	const client = connect(registry.host, "app:1", { timeout: 300 });
	let [length, waits] = [0, true];
	for await (const chunk of client.source.openBlob(blob)) {
		length += chunk.length;
		if (waits) await new Promise((resolve) => setTimeout(resolve, 800));
		waits = false;
	}
	expect(length).toBe(bytes.length);
	expect(client.pauses[0]).toBe(250);
});

test("a closed source asks for nothing more, and tries nothing again", async () => {
	const registry = await registryWithImage();
	registry.script(/manifests/, () => true);
	const client = connect(registry.host, "app:1");
	const fetching = failure(client.source.fetchManifest());
	while (registry.paths(/manifests/).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
	await client.source.close();
	expect((await fetching).message).toContain("the source was closed");
	expect((await failure(client.source.fetchManifest())).message).toContain("the source was closed");
	expect(registry.paths(/manifests/)).toHaveLength(1);
	expect(client.pauses).toEqual([]);
});

test("an abort ends waiting", async () => {
	const registry = await registryWithImage();
	const abort = new AbortController();
	registry.script(/manifests/, (_, response) => {
		answerJson(response, 503, {});
		abort.abort(new Error("enough"));
	});
	const client = connect(registry.host, "app:1");
	await expect(client.source.fetchManifest(undefined, abort.signal)).rejects.toThrow("enough");
	expect(registry.paths(/manifests/)).toHaveLength(1);
});

test.each([
	["120", 120_000],
	[" 3 ", 3_000],
	["Thu, 01 Jan 1970 00:01:00 GMT", 59_000],
	["Wed, 31 Dec 1969 23:59:59 GMT", 0],
	["-5", undefined],
	["", undefined],
])("Retry-After: %j", (header, want) => {
	expect(parseRetryAfter(header, 1_000)).toBe(want);
});
