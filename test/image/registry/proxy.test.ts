import { once } from "node:events";
import { connect as connectSocket, isIPv6, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import type { RegistryOptions } from "../../../src/image/registry/index.js";
import { proxyFor } from "../../../src/image/registry/proxy.js";
import { Authority } from "../../support/certificates.js";
import type { ForwardProxy } from "../../support/forward-proxy.js";
import { needs } from "../../support/needs.js";
import {
	closeAll,
	connect,
	directoryOf,
	failure,
	startProxy,
	startRegistry,
} from "../../support/registry-client.js";

afterEach(closeAll);

const linux = { os: "linux", architecture: "amd64" };
const proxyHost = (url: string, env: Record<string, string>) => proxyFor(new URL(url), env)?.url.host;

test.each([
	["https://a.test/", { HTTPS_PROXY: "http://p:3128" }, "p:3128"],
	["https://a.test/", { https_proxy: "p:3128" }, "p:3128"],
	["https://a.test/", { HTTP_PROXY: "http://p:3128" }, undefined],
	["http://a.test/", { HTTP_PROXY: "http://p:3128", HTTPS_PROXY: "http://q" }, "p:3128"],
	["https://a.test/", { ALL_PROXY: "http://p:3128" }, "p:3128"],
	["https://a.test/", { HTTPS_PROXY: "http://upper", https_proxy: "http://lower" }, "upper"],
	["https://a.test/", { HTTPS_PROXY: "" }, undefined],
	["http://localhost:5000/", { HTTP_PROXY: "http://p" }, undefined],
	["http://[::1]:5000/", { HTTP_PROXY: "http://p" }, undefined],
	["https://a.test/", {}, undefined],
])("%s with %j goes by %s", (url, env, want) => expect(proxyHost(url, env)).toBe(want));

test.each([
	["a.test", true],
	[".test", true],
	["*.test", true],
	["test", true],
	["A.TEST", true],
	["b.test,  a.test", true],
	["b.test a.test", true],
	["*", true],
	["a.test:443", true],
	["a.test:8443", false],
	["xa.test", false],
	["a.tes", false],
	["sub.a.test", false],
	["10.0.0.0/8", false],
	["", false],
])("NO_PROXY=%s exempts a.test: %s", (list, exempt) => {
	expect(proxyHost("https://a.test/", { HTTPS_PROXY: "http://p", NO_PROXY: list })).toBe(
		exempt ? undefined : "p",
	);
	expect(proxyHost("https://a.test/", { https_proxy: "http://p", no_proxy: list })).toBe(
		exempt ? undefined : "p",
	);
});

test.each([
	["https://xa.test/", "a.test", false],
	["https://x.a.test/", "a.test", true],
	["https://10.1.2.3/", "10.0.0.0/8", true],
	["https://10.1.2.3/", "10.1.2.3", true],
	["https://10.1.2.3/", "10.1.2.3:443", true],
	["https://10.1.2.3/", "10.1.2.3:444", false],
	["https://11.1.2.3/", "10.0.0.0/8", false],
	["https://[fd00::5]/", "fd00::/8", true],
	["https://[fd00::5]/", "[fd00::5]", true],
	["https://[fd00::5]:444/", "[fd00::5]:444", true],
	["https://[fe00::5]/", "fd00::/8", false],
	["https://10.1.2.3/", "10.0.0.0/99", false],
	["https://11.1.2.3/", "10.0.0.0/", false],
])("%s with NO_PROXY=%s is exempt: %s", (url, list, exempt) => {
	expect(proxyHost(url, { HTTPS_PROXY: "http://p", NO_PROXY: list })).toBe(exempt ? undefined : "p");
});

test("a proxy that cannot be used is an error without its password", () => {
	expect(() => proxyFor(new URL("https://a.test"), { HTTPS_PROXY: "socks5://u:s3cret@p:1" })).toThrow(
		/^HTTPS_PROXY: parse proxy: expected .*got "p:1"$/,
	);
});

test.each([
	["http://me:p%40ss@p:1", "me:p@ss"],
	["http://me:100%@p:1", "me:100%"],
	["http://me:p%C3%A4ss@p:1", "me:päss"],
	["http://:token@p:1", ":token"],
])("%s is asked as %s", (address, user) => {
	const authorization = `Basic ${Buffer.from(user, "utf8").toString("base64")}`;
	expect(proxyFor(new URL("https://a.test"), { HTTPS_PROXY: address })?.authorization).toBe(authorization);
});

test("plain http goes by absolute address, with the proxy's authorization", async () => {
	const [registry, proxy] = [await startRegistry(), await startProxy()];
	registry.addImage("app", linux, [], "1");
	proxy.hosts.set("registry.test:80", registry.port);
	proxy.user = "me:p@ss";
	const env = { HTTP_PROXY: `http://me:p%40ss@${proxy.host}`, HTTPS_PROXY: `http://me:p%40ss@${proxy.host}` };
	await connect("registry.test", "app:1", { env, insecure: true }).source.fetchManifest();
	expect(proxy.requests).toContain("GET http://registry.test/v2/app/manifests/1");
	expect(registry.calls.at(-1)!.headers.host).toBe("registry.test");
	expect(registry.calls.at(-1)!.headers["proxy-authorization"]).toBeUndefined();
});

test("https goes by CONNECT, tunnels used again, certificates checked inside", async () => {
	const [registry, proxy] = [await startRegistry(authority.issue("registry.test")), await startProxy()];
	registry.addImage("app", linux, [], "1");
	proxy.hosts.set("registry.test:443", registry.port);
	proxy.user = "me:secret";
	const env = { https_proxy: `me:secret@${proxy.host}` };
	const client = connect("registry.test", "app:1", { env, caFile: trusted() });
	for (let time = 0; time < 6; time++) await client.source.fetchManifest();
	expect(proxy.requests).toEqual(["CONNECT registry.test:443"]);
	const untrusted = await failure(connect("registry.test", "app:1", { env }).source.fetchManifest());
	expect(untrusted.code).toBe("ERR_REGISTRY_TLS");
	expect(untrusted.message).toContain("--ca-file");
});

test.each(["", "me:wrong-s3cret@"])(
	"a proxy that refuses '%s' is named, the password is not",
	async (user) => {
		const proxy = await startProxy();
		proxy.user = "me:secret";
		const env = { HTTPS_PROXY: `http://${user}${proxy.host}` };
		const client = connect("registry.test", "app:1", { env });
		const error = await failure(client.source.fetchManifest());
		expect(error.code).toBe("ERR_REGISTRY_PROXY");
		expect(error.message).toContain(`registry.test (proxy ${proxy.host}): ask the proxy: it answered 407`);
		expect(error.message).not.toContain("s3cret");
		expect(client.pauses).toEqual([]);
	},
);

test("NO_PROXY is obeyed", async () => {
	const proxy = await startProxy();
	const env = { HTTPS_PROXY: proxy.host, NO_PROXY: ".invalid" };
	const error = await failure(
		connect("registry.invalid", "app:1", { env, retries: 0 }).source.fetchManifest(),
	);
	expect(error.code).toBe("ERR_REGISTRY_NETWORK");
	expect(proxy.requests).toEqual([]);
});

const authority = new Authority("test CA");

/** A registry that only the proxy reaches, by this name. */
async function registryBehind(proxy: ForwardProxy, name: string) {
	const registry = await startRegistry(authority.issue(name));
	registry.addImage("app", linux, [], "1");
	proxy.hosts.set(`${isIPv6(name) ? `[${name}]` : name}:443`, registry.port);
	return registry;
}

const trusted = (): string => `${directoryOf({ "ca.pem": authority.certificate })}/ca.pem`;

test.each(["fd00::5", "2001:db8::7", "10.1.2.3"])(
	"https to %s goes by CONNECT, its certificate is checked",
	async (address) => {
		const proxy = await startProxy();
		await registryBehind(proxy, address);
		const [host, env] = [isIPv6(address) ? `[${address}]` : address, { HTTPS_PROXY: proxy.host }];
		await connect(host, "app:1", { env, caFile: trusted() }).source.fetchManifest();
		expect(proxy.requests).toEqual([`CONNECT ${host}:443`]);
		expect(proxy.headers[0]!.host).toBe(`${host}:443`);
		proxy.hosts.set(`${host}:443`, (await registryBehind(proxy, "other.test")).port);
		const other = await failure(connect(host, "app:1", { env, caFile: trusted() }).source.fetchManifest());
		expect(other.message).toContain("ERR_TLS_CERT_ALTNAME_INVALID");
	},
);

test("plain http to an IPv6 address goes by absolute address", async () => {
	const [registry, proxy] = [await startRegistry(), await startProxy()];
	registry.addImage("app", linux, [], "1");
	proxy.hosts.set("[fd00::5]:80", registry.port);
	const env = { HTTP_PROXY: proxy.host, HTTPS_PROXY: proxy.host };
	await connect("[fd00::5]", "app:1", { env, insecure: true }).source.fetchManifest();
	expect(proxy.requests).toContain("GET http://[fd00::5]/v2/app/manifests/1");
	expect(registry.calls.at(-1)!.headers.host).toBe("[fd00::5]");
});

needs("IPv6").test("a proxy at an IPv6 address", async () => {
	const proxy = await startProxy(undefined, "::1");
	await registryBehind(proxy, "registry.test");
	const env = { HTTPS_PROXY: `http://${proxy.host}` };
	await connect("registry.test", "app:1", { env, caFile: trusted() }).source.fetchManifest();
	expect(proxy.requests).toEqual(["CONNECT registry.test:443"]);
});

test.each(["localhost", "127.0.0.1"])("a proxy that is asked over TLS, as %s", async (name) => {
	const [plain, proxy] = [await startRegistry(), await startProxy(authority.issue("proxy.test"))];
	proxy.user = "me:secret";
	await registryBehind(proxy, "registry.test");
	plain.addImage("app", linux, [], "1");
	proxy.hosts.set("plain.test:80", plain.port);
	const address = `https://me:secret@${proxy.host.replace("127.0.0.1", name)}`;
	const options = { env: { HTTPS_PROXY: address, HTTP_PROXY: address }, caFile: trusted() };
	await connect("registry.test", "app:1", options).source.fetchManifest();
	await connect("plain.test", "app:1", { ...options, insecure: ["plain.test"] }).source.fetchManifest();
	expect(proxy.requests).toEqual([
		"CONNECT registry.test:443",
		"CONNECT plain.test:443",
		"GET http://plain.test/v2/app/manifests/1",
	]);
});

test("a proxy whose certificate is not trusted gets nothing, and is named", async () => {
	const proxy = await startProxy(authority.issue("proxy.test"));
	const env = { HTTPS_PROXY: `https://me:secret@${proxy.host}` };
	const error = await failure(connect("registry.test", "app:1", { env }).source.fetchManifest());
	expect(error.code).toBe("ERR_REGISTRY_TLS");
	expect(error.message).toContain(`certs.d/${proxy.host}/`);
	expect(proxy.requests).toEqual([]);
});

test("a reply to CONNECT that comes byte by byte, with headers, as any success", async () => {
	const proxy = await startProxy();
	const registry = await registryBehind(proxy, "registry.test");
	proxy.onConnect = async (socket) => {
		socket.setNoDelay();
		for (const byte of "HTTP/1.0 204 Go\r\nVia: a\r\nContent-Length: 0\r\n\r\n") {
			socket.write(byte);
			await new Promise((resolve) => setImmediate(resolve));
		}
		const onward = connectSocket(registry.port, "127.0.0.1");
		socket.pipe(onward).pipe(socket);
	};
	const env = { HTTPS_PROXY: proxy.host };
	await connect("registry.test", "app:1", { env, caFile: trusted() }).source.fetchManifest();
});

test.each([
	["bytes of its own behind the head", "HTTP/1.1 200 OK\r\n\r\nhello", "ERR_REGISTRY_TLS"],
	["no HTTP", "SSH-2.0-OpenSSH\r\n", "ERR_REGISTRY_NETWORK"],
	["half a head", "HTTP/1.1 200 ", "ERR_REGISTRY_NETWORK"],
	["nothing", "", "ERR_REGISTRY_NETWORK"],
	["a redirect", "HTTP/1.1 302 Found\r\nLocation: http://login.test/\r\n\r\n", "ERR_REGISTRY_PROXY"],
	["503", "HTTP/1.1 503 Busy\r\n\r\n", "ERR_REGISTRY_PROXY"],
])("a proxy that answers CONNECT with %s", async (_, reply, code) => {
	const proxy = await startProxy();
	proxy.onConnect = (socket) => socket.end(reply);
	const client = connect("registry.test", "app:1", { env: { HTTPS_PROXY: proxy.host }, retries: 1 });
	expect((await failure(client.source.fetchManifest())).code).toBe(code);
	expect(client.pauses).toHaveLength(code === "ERR_REGISTRY_TLS" || reply.includes("302") ? 0 : 1);
});

/** A client whose proxy does not answer. */
async function clientOfSilence(options: RegistryOptions = {}) {
	const proxy = await startProxy();
	const asked = new Promise<Socket>((resolve) => {
		proxy.onConnect = resolve;
	});
	const client = connect("registry.test", "app:1", { env: { HTTPS_PROXY: proxy.host }, ...options });
	return { client, asked };
}

test("a tunnel that does not open ends after the time for connecting", async () => {
	const { client } = await clientOfSilence({ timeout: 500, retries: 1 });
	const error = await failure(client.source.fetchManifest());
	expect(error.message).toContain("no connection within 500 ms");
	expect(error.code).toBe("ERR_REGISTRY_NETWORK");
	expect(client.pauses).toHaveLength(1);
});

test("an abort does not wait for a tunnel", async () => {
	const { client, asked } = await clientOfSilence();
	const abort = new AbortController();
	const fetching = client.source.fetchManifest(undefined, abort.signal);
	await asked;
	abort.abort(new Error("enough"));
	await expect(fetching).rejects.toThrow("enough");
});

test("closing ends the opening of a tunnel", async () => {
	const { client, asked } = await clientOfSilence();
	const fetching = failure(client.source.fetchManifest());
	const ended = once((await asked).resume(), "end");
	await client.source.close();
	expect((await fetching).message).toContain("the source was closed");
	await ended;
});

test.each([
	["http", undefined],
	["https", authority.issue("proxy.test")],
])("a tunnel through %s that breaks is an error that passes", async (scheme, tls) => {
	const proxy = await startProxy(tls);
	await registryBehind(proxy, "registry.test");
	proxy.onConnect = (socket) => {
		proxy.onConnect = undefined;
		socket.write("HTTP/1.1 200 OK\r\n\r\n");
		socket.once("data", () => socket.destroy());
	};
	const env = { HTTPS_PROXY: `${scheme}://${proxy.host}` };
	const client = connect("registry.test", "app:1", { env, caFile: trusted() });
	await client.source.fetchManifest();
	expect(client.pauses).toEqual([250]);
});
