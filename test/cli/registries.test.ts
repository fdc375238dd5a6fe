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

// Just below 64 KiB, which is what is read of such a body. The time limit is the test: a pattern that backtracks
// takes minutes, and hears no signal meanwhile.
test("an error body that is made to be slow to read ends with the server's status all the same", async () => {
	const { host } = await startRegistry();
	const body = "<Error><Code></Code>".repeat(3_270);
	registry.script(/manifests/, (_, response) => response.writeHead(403).end(body));
	const { code, stderr } = await place.run(["pull", `${host}/app:1`]);
	expect(stderr).toContain("answered 403");
	expect(code).toBe(4);
});

test("a registry that is down, or not known, is named with what to look at", async () => {
	const { host } = await startRegistry();
	await registry.close();
	const down = await place.run(["pull", `${host}/app:1`, "-o", "down", "--retries", "0"]);
	expect([down.code, down.stderr]).toEqual([
		6,
		expect.stringContaining(
			`nothing is listening at ${host}: check the port, and that the server is running`,
		),
	]);
	expect(down.stderr).not.toContain("ECONN");
	await startRegistry();
	const unknown = await place.run(["pull", "nowhere.invalid/app:1", "-o", "down", "--retries", "0"]);
	expect([unknown.code, unknown.stderr]).toEqual([
		6,
		expect.stringMatching(
			/(there is no host named nowhere\.invalid|the name nowhere\.invalid could not be looked up): check/,
		),
	]);
});

test.each([499, 520, 522, 524, 530])("an answer of %i is asked for again, as 502 is", async (status) => {
	const { host } = await startRegistry();
	registry.script(/manifests/, (_, response) => response.writeHead(status).end(), 1);
	const { code, stderr } = await place.run(["pull", `${host}/app:1`, "-o", `again-${status}`]);
	expect(code, stderr).toBe(0);
});

test.each([
	["http://[64:ff9b::a9fe:a9fe]", "NAT64"],
	["http://[2002:a9fe:a9fe::1]", "6to4"],
	["http://[::a9fe:a9fe]", "an IPv4 address in the form of IPv6"],
	["http://169.254.169.254", "an IPv4 address"],
])("a redirect to %s, which is the address of a cloud's secrets, is refused", async (address) => {
	const { host } = await startRegistry();
	registry.script(/blobs/, (_, response) => response.writeHead(307, { Location: `${address}/x` }).end());
	const args = [
		"pull",
		`${host}/app:1`,
		"-o",
		"redirected",
		"--retries",
		"0",
		"--timeout",
		"60",
		"--no-cache",
	];
	const { code, stderr } = await place.run(args);
	expect(stderr).toContain("link-local");
	expect(code).not.toBe(0);
});

describe("credentials", () => {
	const login = (host: string) => {
		const auth = Buffer.from("me:s3cret").toString("base64");
		return JSON.stringify({ auths: { [host]: { auth } } });
	};

	test("that skopeo login left in the home are found without XDG_RUNTIME_DIR", async () => {
		const { host } = await startRegistry();
		registry.auth = new BasicAuth({ me: "s3cret" });
		mkdirSync(place.path(".config/containers"), { recursive: true });
		writeFileSync(place.path(".config/containers/auth.json"), login(host));
		const { code, stderr } = await place.run(["pull", `${host}/app:1`, "-o", "found"]);
		expect(code, stderr).toBe(0);
	});

	test.each([404, 403])("are used where strangers are answered with %i", async (status) => {
		const { host } = await startRegistry();
		const basic = new BasicAuth({ me: "s3cret" });
		registry.auth = {
			answer(call, response) {
				if (call.path === "/v2/" || call.headers.authorization) return basic.answer(call, response);
				response.writeHead(status, { "content-type": "application/json" }).end('{"errors":[]}');
				return true;
			},
		};
		const pull = (...more: string[]) =>
			place.run(["pull", `${host}/app:1`, "-o", `hidden-${status}`, ...more]);
		const stranger = await pull();
		expect([stranger.code, stranger.stderr]).toEqual([4, expect.stringContaining(`answered ${status}`)]);
		const { code, stderr } = await pull("-u", "me", "--password", "s3cret");
		expect(code, stderr).toBe(0);
	});
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
	expect(nobody.stderr).toContain("expected --username with it");
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
