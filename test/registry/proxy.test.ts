import { afterEach, expect, test } from "vitest";
import { proxyFor } from "../../src/registry/proxy.js";
import { Authority } from "../support/certificates.js";
import {
	closeAll,
	connect,
	directoryOf,
	failure,
	startProxy,
	startRegistry,
} from "../support/registry-client.js";

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
	const authority = new Authority("test CA");
	const [registry, proxy] = [await startRegistry(authority.issue("registry.test")), await startProxy()];
	registry.addImage("app", linux, [], "1");
	proxy.hosts.set("registry.test:443", registry.port);
	proxy.user = "me:secret";
	const env = { https_proxy: `me:secret@${proxy.host}` };
	const caFile = `${directoryOf({ "ca.pem": authority.certificate })}/ca.pem`;
	const client = connect("registry.test", "app:1", { env, caFile });
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
