import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebClient, type WebRequest } from "../../../src/image/registry/index.js";
import { Authority } from "../../support/certificates.js";
import { DeviceServer } from "../../support/device-server.js";
import { redirect } from "../../support/registry.js";
import { closeAll, directoryOf, PATIENCE, startProxy, startRegistry } from "../../support/registry-client.js";

let server: DeviceServer;
let client: WebClient;

beforeEach(async () => {
	server = await DeviceServer.start(({ path, body }) => ({ status: path === "/no" ? 404 : 200, body }));
	client = new WebClient(
		new URL(server.url),
		{ timeout: PATIENCE, retries: 2, sleep: async () => {} },
		{ "x-own": "1" },
	);
});
afterEach(async () => {
	await client.close();
	await server.close();
});

function request(path: string, more: Partial<WebRequest> = {}): WebRequest {
	return { method: "GET", url: new URL(path, server.url), ...more };
}

/** A body of so many chunks of 64 KiB. */
function upload(count: number, onChunk: (at: number) => void = () => {}) {
	return {
		size: count * 65_536,
		*chunks() {
			for (let at = 0; at < count; at++) {
				onChunk(at);
				yield Buffer.alloc(65_536, at);
			}
		},
	};
}

describe("requests to a server of a user", () => {
	test("a body is sent as it is read, with its length", async () => {
		const answer = await client.ask(request("/x", { method: "PUT", body: upload(20) }), 1 << 21);
		expect(answer.status).toBe(200);
		expect(answer.body.length).toBe(20 * 65_536);
		expect(server.calls[0]!.headers["content-length"]).toBe(String(20 * 65_536));
	});

	test("a server that answers before the end of a body gets no more of it", async () => {
		let sent = 0;
		server.fail(/PUT/, "lost before");
		const body = upload(10_000, (at) => {
			sent = at;
		});
		await expect(client.ask(request("/x", { method: "PUT", body }), 100)).rejects.toThrow();
		expect(sent).toBeLessThan(9_999);
	});

	test("a body that cannot be read is the error", async () => {
		const body = upload(3, (at) => {
			if (at === 2) throw new Error("the disk is gone");
		});
		await expect(client.ask(request("/x", { method: "PUT", body }), 100)).rejects.toThrow(/disk is gone/);
	});

	test("what changes something is sent once, reading again", async () => {
		server.fail(/POST/, "lost after", 9);
		await expect(client.ask(request("/x", { method: "POST" }), 100)).rejects.toThrow();
		expect(server.lines).toEqual(["POST /x"]);
		server.fail(/GET/, "lost after", 2);
		await client.read({ url: new URL("/y", server.url) }, "read", 100);
		expect(server.lines.filter((line) => line === "GET /y")).toHaveLength(3);
	});

	test("own headers go with every request", async () => {
		await client.ask(request("/x"), 100);
		expect(server.calls[0]!.headers["x-own"]).toBe("1");
	});

	test("own headers stay at the origin, whatever they are called, when it redirects to its storage", async () => {
		const authority = new Authority("test CA");
		const [home, storage] = ["repo.test", "storage.test"];
		const servers = [
			await startRegistry(authority.issue(home)),
			await startRegistry(authority.issue(storage)),
		];
		const proxy = await startProxy();
		for (const [at, name] of [home, storage].entries()) {
			proxy.hosts.set(`${name}:443`, Number(new URL(servers[at]!.url).port));
		}
		servers[0]!.script(/./, (_, response) => redirect(response, `https://${storage}/x`));
		servers[1]!.script(/./, (_, response) => response.end("bytes"));
		const caFile = `${directoryOf({ "ca.pem": authority.certificate })}/ca.pem`;
		const own = { "x-api-key": "s3cret", cookie: "s3cret", Authorization: "Basic s3cret" };
		const https = new WebClient(
			new URL(`https://${home}`),
			{ caFile, env: { HTTPS_PROXY: `http://${proxy.host}` } },
			own,
		);
		const headers = { accept: "text/plain", range: "bytes=0-" };
		await https.ask({ method: "GET", url: new URL(`https://${home}/x`), headers }, 100);
		await https.close();
		expect(servers[0]!.calls[0]!.headers).toMatchObject({ "x-api-key": "s3cret", cookie: "s3cret" });
		expect(servers[1]!.calls[0]!.headers).toMatchObject(headers);
		expect(JSON.stringify(servers[1]!.calls[0]!.headers)).not.toContain("s3cret");
		await closeAll();
	});

	test("an address of another origin is refused before anything is sent", async () => {
		const url = new URL("http://192.0.2.1/x");
		await expect(client.send({ method: "GET", url })).rejects.toMatchObject({ code: "ERR_REGISTRY_UNSAFE" });
		const https = new WebClient(new URL("https://repo.invalid"));
		for (const place of ["http://repo.invalid/x", "https://127.0.0.1/x", "https://10.0.0.1/x"]) {
			await expect(https.send({ method: "GET", url: new URL(place) })).rejects.toMatchObject({
				code: "ERR_REGISTRY_UNSAFE",
			});
		}
		const put = https.send({ method: "PUT", url: new URL("https://storage.example/x") });
		await expect(put).rejects.toMatchObject({ code: "ERR_REGISTRY_UNSAFE" });
		await https.close();
	});

	test("many requests on one connection leave no listeners behind", async () => {
		const warnings: Error[] = [];
		const onWarning = (warning: Error): number => warnings.push(warning);
		process.on("warning", onWarning);
		for (let at = 0; at < 20; at++) await client.ask(request("/x"), 100);
		await new Promise((resolve) => setImmediate(resolve));
		process.off("warning", onWarning);
		expect(warnings.filter(({ name }) => name === "MaxListenersExceededWarning")).toEqual([]);
	});
});
