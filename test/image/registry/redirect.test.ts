import { afterEach, expect, test } from "vitest";
import { Authority } from "../../support/certificates.js";
import { answerError, redirect, type TestRegistry } from "../../support/registry.js";
import { BasicAuth, BearerAuth } from "../../support/registry-auth.js";
import {
	closeAll,
	connect,
	directoryOf,
	failure,
	readBlob,
	startProxy,
	startRegistry,
} from "../../support/registry-client.js";

afterEach(closeAll);

const credentials = { username: "user", password: "s3cret" };
const content = Buffer.from("a layer");

/** Blobs of `registry` are redirected to where `location` says. */
function redirectBlobs(registry: TestRegistry, location: string | undefined, status = 307): void {
	registry.script(/^GET .*\/blobs\//, (call, response) => {
		if (registry.auth !== undefined && call.headers.authorization === undefined) return false;
		redirect(response, location, status);
		return true;
	});
}

/** A registry with Basic authentication, a storage host, and a blob that both have. */
async function registryWithStorage() {
	const [registry, storage] = [await startRegistry(), await startRegistry()];
	registry.auth = new BasicAuth({ user: "s3cret" });
	storage.addBlob(content);
	const blob = registry.addBlob(content);
	return { registry, storage, blob, place: `${storage.url}/v2/x/blobs/${blob.digest}` };
}

test.each([301, 302, 303, 307, 308])(
	"row 19: %i to another port goes without Authorization and cookies",
	async (status) => {
		const { registry, storage, blob, place } = await registryWithStorage();
		redirectBlobs(registry, `${place}?X-Signature=abc`, status);
		const client = connect(registry.host, "app:1", { credentials });
		expect(await readBlob(client, blob)).toEqual(content);
		expect(registry.calls.some(({ headers }) => headers.authorization !== undefined)).toBe(true);
		expect(storage.calls).toHaveLength(1);
		expect(storage.calls[0]!.query.get("X-Signature")).toBe("abc");
		expect(storage.calls[0]!.headers).not.toHaveProperty("authorization");
		expect(storage.calls[0]!.headers).not.toHaveProperty("cookie");
	},
);

test("row 19: what was dropped does not come back on the way back", async () => {
	const { registry, storage, blob } = await registryWithStorage();
	redirectBlobs(registry, `${storage.url}/hop`);
	storage.script(/hop/, (_, response) => redirect(response, `${registry.url}/v2/other/manifests/x`));
	const error = await failure(readBlob(connect(registry.host, "app:1", { credentials }), blob));
	expect(error.code).toBe("ERR_REGISTRY_UNAUTHORIZED");
	expect(registry.calls.at(-1)!.path).toBe("/v2/other/manifests/x");
	expect(registry.calls.at(-1)!.headers.authorization).toBe(undefined);
});

test("row 20: to the same origin Authorization stays", async () => {
	const { registry, blob } = await registryWithStorage();
	registry.script(/^GET .*\/v2\/app\/blobs\//, (call, response) => {
		if (call.headers.authorization === undefined) return false;
		redirect(response, `/v2/elsewhere/blobs/${blob.digest}`);
		return true;
	});
	expect(await readBlob(connect(registry.host, "app:1", { credentials }), blob)).toEqual(content);
});

test("row 21: a challenge of the redirected host never gets the registry's token", async () => {
	const { registry, storage, blob, place } = await registryWithStorage();
	const auth = new BearerAuth();
	auth.users = { user: "s3cret" };
	registry.auth = auth;
	storage.auth = new BearerAuth();
	redirectBlobs(registry, place);
	const error = await failure(readBlob(connect(registry.host, "app:1", { credentials }), blob));
	expect(error.code).toBe("ERR_REGISTRY_UNAUTHORIZED");
	expect(error.message).toContain("wants its own credentials");
	expect(storage.calls.every(({ headers }) => headers.authorization === undefined)).toBe(true);
	expect(storage.paths(/token/)).toEqual([]);
});

test("row 22: https to http is refused", async () => {
	const authority = new Authority("test CA");
	const registry = await startRegistry(authority.issue("registry.test"));
	const storage = await startRegistry();
	const blob = registry.addBlob(content);
	redirectBlobs(registry, `${storage.url}/v2/x/blobs/${blob.digest}`);
	const caFile = `${directoryOf({ "ca.pem": authority.certificate })}/ca.pem`;
	const error = await failure(readBlob(connect(registry.host, "app:1", { caFile }), blob));
	expect(error.code).toBe("ERR_REGISTRY_UNSAFE");
	expect(error.message).toContain("from https to http://127.0.0.1");
	expect(storage.calls).toEqual([]);
});

test("row 23: a circle is an error", async () => {
	const { registry, blob } = await registryWithStorage();
	redirectBlobs(registry, `/v2/app/blobs/${blob.digest}`);
	const error = await failure(readBlob(connect(registry.host, "app:1", { credentials }), blob));
	expect(error.message).toContain("in a circle");
});

test("row 23: ten hops are followed, more are an error", async () => {
	const { registry, blob } = await registryWithStorage();
	let last = 10;
	registry.script(/blobs/, (call, response) => {
		if (call.headers.authorization === undefined) return false;
		const hop = Number(call.query.get("hop") ?? 0);
		if (hop === last) return false;
		redirect(response, `?hop=${hop + 1}`);
		return true;
	});
	const client = connect(registry.host, "app:1", { credentials });
	expect(await readBlob(client, blob)).toEqual(content);
	last = 11;
	expect((await failure(readBlob(client, blob))).message).toContain("more than 10 redirects");
});

test.each([
	["missing", undefined, "307 without a Location"],
	["malformed", "https://[", '307 to "https://["'],
	["another scheme", "ftp://127.0.0.1/x", "redirects to ftp:"],
])("row 23: Location %s is an error", async (_, location, reason) => {
	const { registry, blob } = await registryWithStorage();
	redirectBlobs(registry, location);
	const error = await failure(readBlob(connect(registry.host, "app:1", { credentials }), blob));
	expect(error.message).toContain(reason);
});

test("the range stays over a redirect", async () => {
	const { registry, storage, blob, place } = await registryWithStorage();
	redirectBlobs(registry, place);
	const client = connect(registry.host, "app:1", { credentials });
	expect((await readBlob(client, blob, 2)).toString()).toBe("layer");
	expect(storage.calls[0]!.headers.range).toBe("bytes=2-");
});

test.each([
	"http://127.0.0.1:1/x",
	"http://localhost:1/x",
	"http://[::1]:1/x",
	"http://169.254.169.254/latest/meta-data",
])("a registry elsewhere cannot redirect to %s", async (location) => {
	const [registry, proxy] = [await startRegistry(), await startProxy()];
	proxy.hosts.set("registry.test:80", registry.port);
	const blob = registry.addBlob(content);
	redirectBlobs(registry, location);
	const env = { HTTP_PROXY: proxy.host, HTTPS_PROXY: proxy.host };
	const client = connect("registry.test", "app:1", { env, insecure: ["registry.test"] });
	const error = await failure(readBlob(client, blob));
	expect(error.code).toBe("ERR_REGISTRY_UNSAFE");
	expect(proxy.requests.filter((line) => !line.includes("registry.test"))).toEqual([]);
});

test.each(["https://[bad?X-Signature=s3cr3t", "https://me:s3cr3t@[bad/x", "https://me:s3cr3t@host:bad"])(
	"a Location that is not an address is shown without what may be secret: %s",
	async (location) => {
		const { registry, blob } = await registryWithStorage();
		redirectBlobs(registry, location);
		const error = await failure(readBlob(connect(registry.host, "app:1", { credentials }), blob));
		expect(error.code).toBe("ERR_REGISTRY_RESPONSE");
		expect(error.message).not.toContain("s3cr3t");
	},
);

test("an error behind a redirect does not show the signature", async () => {
	const { registry, storage, blob, place } = await registryWithStorage();
	redirectBlobs(registry, `${place}?X-Signature=s3cr3t`);
	storage.script(/./, (_, response) => answerError(response, 403, "AccessDenied", "expired"));
	const error = await failure(readBlob(connect(registry.host, "app:1", { credentials }), blob));
	expect(error.message).toContain("AccessDenied: expired");
	expect(error.message).not.toContain("s3cr3t");
});
