import { afterEach, expect, test } from "vitest";
import { classifyAddress } from "../../../src/image/registry/network-address.js";
import { Authority } from "../../support/certificates.js";
import { BasicAuth, BearerAuth } from "../../support/registry-auth.js";
import {
	closeAll,
	connect,
	directoryOf,
	failure,
	startProxy,
	startRegistry,
} from "../../support/registry-client.js";

afterEach(closeAll);

const credentials = { username: "user", password: "s3cret" };
const linux = { os: "linux", architecture: "amd64" };

test.each([
	["127.0.0.1", "loopback"],
	["127.8.8.8", "loopback"],
	["[::1]", "loopback"],
	["localhost", "loopback"],
	["x.localhost", "loopback"],
	["[::ffff:127.0.0.1]", "loopback"],
	["[::ffff:7f00:1]", "loopback"],
	["169.254.169.254", "link-local"],
	["[fe80::1]", "link-local"],
	["[fd00:ec2::254]", "link-local"],
	["0.0.0.0", "link-local"],
	["10.1.2.3", "private"],
	["172.31.0.1", "private"],
	["192.168.0.1", "private"],
	["100.64.0.1", "private"],
	["[fd12::1]", "private"],
	["[::ffff:a00:1]", "private"],
	["172.32.0.1", "public"],
	["8.8.8.8", "public"],
	["[2001:4860:4860::8888]", "public"],
	["registry.example", "public"],
	["[::7f00:1]", "loopback"],
	["[::127.0.0.1]", "loopback"],
	["[64:ff9b::7f00:1]", "loopback"],
	["[64:ff9b::169.254.169.254]", "link-local"],
	["[64:ff9b:1::a00:1]", "private"],
	["[2002:7f00:1::]", "loopback"],
	["[2002:c0a8:101::1]", "private"],
	["[::ffff:0:10.0.0.1]", "private"],
	["[64:ff9b::808:808]", "public"],
	["[2002:808:808::1]", "public"],
	["192.0.0.192", "link-local"],
	["192.0.0.8", "private"],
	["100.100.100.200", "link-local"],
	["168.63.129.16", "link-local"],
])("%s is %s", (host, place) => expect(classifyAddress(host)).toBe(place));

test("row 16: a realm in plain http gets nothing from a client of an https registry", async () => {
	const authority = new Authority("test CA");
	const registry = await startRegistry(authority.issue("registry.test"));
	const tokens = await startRegistry();
	const auth = new BearerAuth();
	auth.challenge = () => `Bearer realm="${tokens.url}/token"`;
	registry.auth = auth;
	const caFile = `${directoryOf({ "ca.pem": authority.certificate })}/ca.pem`;
	for (const options of [{ caFile, credentials }, { caFile }]) {
		const error = await failure(connect(registry.host, "app:1", options).source.fetchManifest());
		expect(error.code).toBe("ERR_REGISTRY_UNSAFE");
		expect(error.message).toContain("as it is not https");
	}
	expect(tokens.calls).toEqual([]);
});

/** A registry that seems to be somewhere else, with a realm of its choice. */
async function remoteRegistry(realm: string) {
	const [registry, proxy] = [await startRegistry(), await startProxy()];
	proxy.hosts.set("registry.test:80", registry.port);
	proxy.hosts.set("auth.test:443", registry.port);
	registry.addImage("app", linux, [], "1");
	const auth = new BearerAuth();
	auth.challenge = () => `Bearer realm="${realm}"`;
	registry.auth = auth;
	const env = { HTTP_PROXY: proxy.host, HTTPS_PROXY: proxy.host };
	return {
		registry,
		proxy,
		client: connect("registry.test", "app:1", { env, insecure: ["registry.test"], credentials }),
	};
}

test.each([
	"https://127.0.0.1:1/token",
	"https://localhost:1/token",
	"https://[::1]:1/token",
	"https://169.254.169.254/token",
	"https://10.0.0.1/token",
	"https://[::ffff:192.168.1.1]/token",
])("row 17: a remote registry cannot send us to %s", async (realm) => {
	const { proxy, client } = await remoteRegistry(realm);
	const error = await failure(client.source.fetchManifest());
	expect(error.code).toBe("ERR_REGISTRY_UNSAFE");
	expect(error.message).toContain("the registry is not there");
	expect(proxy.requests.filter((line) => !line.includes("registry.test"))).toEqual([]);
});

test("row 17: a remote registry may have its token server at its own plain address, or anywhere public", async () => {
	const { client, registry } = await remoteRegistry("http://registry.test/token");
	(registry.auth as BearerAuth).users = { user: "s3cret" };
	await client.source.fetchManifest();
	const elsewhere = await remoteRegistry("https://auth.test/token");
	const error = await failure(elsewhere.client.source.fetchManifest());
	expect(error.code).not.toBe("ERR_REGISTRY_UNSAFE");
	expect(elsewhere.proxy.requests).toContain("CONNECT auth.test:443");
});

test("row 53: plain http is spoken with loopback unasked, by any of its names", async () => {
	const registry = await startRegistry();
	registry.addImage("app", linux, [], "1");
	for (const name of ["127.0.0.1", "localhost"]) {
		await connect(`${name}:${registry.port}`, "app:1").source.fetchManifest();
	}
	expect(registry.paths(/manifests/)).toHaveLength(2);
});

test("row 53: never silently with other hosts; with the switch, credentials and all", async () => {
	const [registry, proxy] = [await startRegistry(), await startProxy()];
	registry.addImage("app", linux, [], "1");
	registry.auth = new BasicAuth({ user: "s3cret" });
	proxy.hosts.set("registry.test:80", registry.port);
	const env = { HTTP_PROXY: proxy.host, HTTPS_PROXY: proxy.host };
	const error = await failure(
		connect("registry.test", "app:1", { env, credentials, retries: 0 }).source.fetchManifest(),
	);
	expect(error.code).toBe("ERR_REGISTRY_PROXY");
	expect(registry.calls).toEqual([]);
	for (const insecure of [true, ["registry.test"]]) {
		await connect("registry.test", "app:1", { env, credentials, insecure }).source.fetchManifest();
	}
	const other = connect("registry.test", "app:1", { env, insecure: ["other.test"], retries: 0 });
	expect((await failure(other.source.fetchManifest())).code).toBe("ERR_REGISTRY_PROXY");
});
