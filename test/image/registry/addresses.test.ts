import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { connect as connectSocket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import type { LookupAll } from "../../../src/image/registry/name-lookup.js";
import { Authority } from "../../support/certificates.js";
import { needs } from "../../support/needs.js";
import { redirect } from "../../support/registry.js";
import { BearerAuth } from "../../support/registry-auth.js";
import {
	closeAll,
	connect,
	failure,
	PATIENCE,
	readBlob,
	startRegistry,
} from "../../support/registry-client.js";

afterEach(closeAll);

const linux = { os: "linux", architecture: "amd64" };

/** A resolver of names that gives each name's answers in turn, and repeats the last. */
function resolver(names: Readonly<Record<string, readonly (readonly string[])[]>>) {
	const asked: string[] = [];
	const lookup: LookupAll = (hostname, _, callback) => {
		const answers = names[hostname] ?? [];
		const at = asked.filter((name) => name === hostname).length;
		asked.push(hostname);
		const addresses = answers[Math.min(at, answers.length - 1)] ?? [];
		callback(
			null,
			addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
		);
	};
	return { lookup, asked };
}

/** A server that takes no connection for 0.7 s: the first try to connect to it is lost, as far away. */
async function slowServer() {
	const program = `
		const server = require("node:http").createServer((_, response) => response.writeHead(404).end());
		server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
			console.log(server.address().port);
			process.stdin.once("data", () => {
				console.log("blocked");
				Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 700);
			});
		});`;
	const child = spawn(process.execPath, ["-e", program], { stdio: ["pipe", "pipe", "inherit"] });
	const [line] = await once(child.stdout, "data");
	const port = Number(String(line));
	child.stdin.write("go");
	await once(child.stdout, "data");
	const waiting = Array.from({ length: 3 }, () =>
		connectSocket({ port, host: "127.0.0.1" }).on("error", () => {}),
	);
	await delay(50);
	return { port, end: () => [...waiting.map((socket) => socket.destroy()), child.kill("SIGKILL")] };
}

test("a host with several addresses that answers after more than 250 ms is reached", async () => {
	const server = await slowServer();
	try {
		// 198.51.100.0/24 is for documentation: nothing answers there.
		const { lookup } = resolver({ "far.test": [["::1", "127.0.0.1"]] });
		const options = { lookup, insecure: true, retries: 0, timeout: PATIENCE };
		const client = connect(`far.test:${server.port}`, "app:1", options);
		const error = await failure(client.source.fetchManifest());
		expect(error.message).toContain("answered 404");
	} finally {
		server.end();
	}
});

test("an error of connecting names the addresses that were tried", async () => {
	const registry = await startRegistry();
	const { port } = registry;
	await closeAll();
	const { lookup } = resolver({ "gone.test": [["127.0.0.1", "127.0.0.2"]] });
	const error = await failure(
		connect(`gone.test:${port}`, "app:1", { lookup, insecure: true, retries: 0 }).source.fetchManifest(),
	);
	expect(error.code).toBe("ERR_REGISTRY_NETWORK");
	expect(error.message).toContain("127.0.0.1");
	expect(error.message).toContain("127.0.0.2");
});

needs("root", "Linux").test("a registry on port 80 is found beside another server on port 443", async () => {
	const authority = new Authority("CA");
	const other = createHttpsServer(authority.issue("reg.test"), (_, response) =>
		response.writeHead(404).end("not me"),
	);
	const plain = createHttpServer((request, response) => {
		if (request.url === "/v2/") response.setHeader("Docker-Distribution-API-Version", "registry/2.0");
		response.writeHead(request.url === "/v2/" ? 200 : 418).end();
	});
	const host = "127.0.0.77";
	await Promise.all([once(other.listen(443, host), "listening"), once(plain.listen(80, host), "listening")]);
	try {
		const { lookup } = resolver({ "reg.test": [[host]] });
		const error = await failure(
			connect("reg.test", "app:1", { lookup, insecure: true, retries: 0 }).source.fetchManifest(),
		);
		expect(error.message).toContain("http://reg.test/v2/app/manifests/1 answered 418");
	} finally {
		for (const server of [other, plain]) server.close();
	}
});

/** A registry in a public network, as far as its name goes, whose blobs lie at `storage.test`. */
async function registryWithStorage(answers: readonly (readonly string[])[]) {
	const [registry, storage] = [await startRegistry(), await startRegistry()];
	const blob = registry.addBlob(Buffer.from("content"));
	storage.addBlob(Buffer.from("content"));
	registry.script(/blobs/, (call, response) =>
		redirect(response, `http://storage.test:${storage.port}${call.path}`),
	);
	const { lookup, asked } = resolver({ "storage.test": answers });
	const options = { lookup, insecure: true, retries: 0 };
	return { registry, storage, blob, asked, client: connect(registry.host, "app:1", options) };
}

test("the address of a redirect's host that was checked is the one that is connected to", async () => {
	const { client, blob, asked } = await registryWithStorage([["127.0.0.1"]]);
	expect(String(await readBlob(client, blob))).toBe("content");
	expect(asked).toEqual(["storage.test"]);
});

test.each([
	[["169.254.169.254"], "link-local"],
	[["8.8.8.8", "169.254.169.254"], "link-local"],
	[["64:ff9b::a9fe:a9fe"], "link-local"],
])("a redirect to a name that leads to %j is refused when it is connected to", async (addresses, place) => {
	const { client, blob, asked } = await registryWithStorage([addresses]);
	const error = await failure(readBlob(client, blob));
	expect(error.code).toBe("ERR_REGISTRY_UNSAFE");
	expect(error.message).toContain(`this is a ${place} address`);
	expect(asked).toEqual(["storage.test"]);
});

test("a name that leads elsewhere the second time gets no token request there", async () => {
	const registry = await startRegistry();
	registry.addImage("app", linux, [], "1");
	const auth = new BearerAuth();
	auth.challenge = () => 'Bearer realm="http://tokens.test/token"';
	registry.auth = auth;
	const { lookup, asked } = resolver({ "tokens.test": [["169.254.169.254"]] });
	const error = await failure(
		connect(registry.host, "app:1", { lookup, insecure: true, retries: 0 }).source.fetchManifest(),
	);
	expect(error.code).toBe("ERR_REGISTRY_UNSAFE");
	expect(new Set(asked)).toEqual(new Set(["tokens.test"]));
});
