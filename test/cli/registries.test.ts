import { mkdirSync, writeFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Authority } from "../support/certificates.js";
import { Workplace } from "../support/command-line.js";
import { noise } from "../support/inodes.js";
import { TestRegistry } from "../support/registry.js";
import { BasicAuth } from "../support/registry-auth.js";
import { tarball } from "../support/tar-builder.js";

let place: Workplace;
let registry: TestRegistry;
beforeAll(async () => {
	place = new Workplace();
});
afterAll(() => place.remove());

async function startRegistry(): Promise<TestRegistry> {
	registry = await TestRegistry.start();
	registry.addImage(
		"app",
		{ os: "linux", architecture: "amd64" },
		[tarball({ path: "bin/app", body: noise(5_000, 1) })],
		"1",
	);
	return registry;
}
afterEach(() => registry.close());

test("an error body that is made to be slow to read ends with the server's status all the same", async () => {
	const { host } = await startRegistry();
	const body = "<Error><Code>".repeat(5_000);
	registry.script(/manifests/, (_, response) => response.writeHead(403).end(body));
	const { code, stderr } = await place.run(["pull", `${host}/app:1`]);
	expect(stderr).toContain("answered 403");
	expect(code).toBe(4);
});

test.each([21, 60, 200])("an answer with %i KB of headers is read", async (kilobytes) => {
	const { host } = await startRegistry();
	registry.script(/./, (_, response) => {
		for (let at = 0; at < kilobytes; at++) response.setHeader(`x-filler-${at}`, "f".repeat(1010));
		return false;
	});
	const { code, stderr } = await place.run(["pull", `${host}/app:1`, "-o", "headers"]);
	expect(code, stderr).toBe(0);
});

test("an answer with more headers than are read names the limit", async () => {
	const { host } = await startRegistry();
	registry.script(/./, (_, response) => {
		for (let at = 0; at < 400; at++) response.setHeader(`x-filler-${at}`, "f".repeat(1010));
		return false;
	});
	const { code, stderr } = await place.run(["pull", `${host}/app:1`, "--retries", "0", "-o", "headers"]);
	expect(stderr).toContain("larger than 262144 bytes");
	expect(code).toBe(6);
});

test("--password-stdin takes the password from standard input, and it is shown nowhere", async () => {
	const { host } = await startRegistry();
	registry.auth = new BasicAuth({ me: "s3cret word" });
	const args = ["pull", `${host}/app:1`, "-o", "pulled", "-u", "me", "--password-stdin", "-v"];
	const { code, stderr } = await place.run(args, { input: "s3cret word\n" });
	expect(code, stderr).toBe(0);
	expect(stderr).not.toContain("s3cret");
	expect((await place.run(args)).stderr).toContain("expected a password on standard input, got nothing");
	const nobody = await place.run(["pull", `${host}/app:1`, "--password-stdin"], { input: "x" });
	expect(nobody.stderr).toContain("expected --username beside it");
	expect(nobody.code).toBe(2);
});

describe("certificates of an ordinary user", () => {
	const authority = new Authority("Company CA");

	async function startSecure(client = false): Promise<string> {
		const tls = {
			...authority.issue("registry"),
			...(client ? { requestCert: true, rejectUnauthorized: true } : {}),
		};
		registry = await TestRegistry.start({ ...tls, ca: authority.certificate });
		registry.addImage("app", { os: "linux", architecture: "amd64" }, [tarball({ path: "x" })], "1");
		writeFileSync(place.path("ca.pem"), authority.certificate);
		return registry.host;
	}

	const pull = (host: string, args: string[] = [], env = {}) =>
		place.run(["pull", `${host}/app:1`, "-o", "pulled", "--retries", "0", ...args], { env });

	test("SSL_CERT_FILE and ~/.config/containers/certs.d are read", async () => {
		const host = await startSecure();
		expect((await pull(host)).code).toBe(6);
		const { code, stderr } = await pull(host, [], { SSL_CERT_FILE: place.path("ca.pem") });
		expect(code, stderr).toBe(0);
		mkdirSync(place.path(`.config/containers/certs.d/${host}`), { recursive: true });
		writeFileSync(place.path(`.config/containers/certs.d/${host}/ca.crt`), authority.certificate);
		expect((await pull(host)).code).toBe(0);
	});

	test("a client certificate is given by --registry-cert and --registry-key", async () => {
		const host = await startSecure(true);
		const { cert, key } = authority.issue("client");
		writeFileSync(place.path("client.pem"), cert);
		writeFileSync(place.path("client.key"), key);
		const trust = ["--ca-file", "ca.pem"];
		expect((await pull(host, trust)).code).toBe(6);
		const mine = ["--registry-cert", "client.pem", "--registry-key", "client.key"];
		const { code, stderr } = await pull(host, [...trust, ...mine]);
		expect(code, stderr).toBe(0);
		expect((await pull(host, [...trust, ...mine.slice(0, 2)])).code).toBe(2);
	});
});
