import { afterEach, expect, test } from "vitest";
import type { Descriptor } from "../../../src/image/oci/index.js";
import { NetworkGuard } from "../../../src/image/registry/network-guard.js";
import { settingsFrom } from "../../../src/image/registry/settings.js";
import { TokenCache } from "../../../src/image/registry/token.js";
import { Transport } from "../../../src/image/registry/transport.js";
import { answerError, answerJson, type Fault, type TestRegistry } from "../../support/registry.js";
import { BasicAuth, BearerAuth } from "../../support/registry-auth.js";
import { closeAll, connect, failure, readBlob, startRegistry } from "../../support/registry-client.js";

afterEach(closeAll);

const SECRET = "s3cret-pässword";
const credentials = { username: "user", password: SECRET };
const linux = { os: "linux", architecture: "amd64" };

/** A registry with one image and bearer authentication. */
async function bearerRegistry(): Promise<{ registry: TestRegistry; auth: BearerAuth; layers: Descriptor[] }> {
	const registry = await startRegistry();
	const layers = [1, 2, 3, 4, 5, 6].map((at) => registry.addBlob(Buffer.from(`layer ${at}`)));
	registry.addImage("team/app", linux, [Buffer.from("layer 1")], "1");
	const auth = new BearerAuth();
	registry.auth = auth;
	return { registry, auth, layers };
}

const scopesOf = (auth: BearerAuth): string[][] => auth.asked.map(({ query }) => query.getAll("scope"));

test("row 1: the scope goes to the token server whole", async () => {
	const { registry, auth } = await bearerRegistry();
	auth.challenge = (_, url) =>
		`Bearer realm="${url}/token",service="s",scope="repository:team/app:pull,push"`;
	await connect(registry.host, "team/app:1").source.fetchManifest();
	expect(scopesOf(auth)).toEqual([["repository:team/app:pull,push"]]);
	expect(auth.asked[0]!.query.get("service")).toBe("s");
});

test("row 2: of several schemes the first that can be done is taken", async () => {
	const { registry, auth } = await bearerRegistry();
	const bearer = `Bearer realm="${registry.url}/token"`;
	auth.challenge = () => ["Negotiate", 'Basic realm="x"', bearer];
	await connect(registry.host, "team/app:1").source.fetchManifest();
	expect(auth.asked).toHaveLength(1);
	registry.auth = new BasicAuth({ user: SECRET }, ["Negotiate", 'Basic realm="x"', bearer]);
	await connect(registry.host, "team/app:1", { credentials }).source.fetchManifest();
	expect(auth.asked).toHaveLength(1);
});

test("row 3: two challenges in one header", async () => {
	const { registry, auth } = await bearerRegistry();
	auth.challenge = (_, url) => `Negotiate, Bearer realm="${url}/token", service="y", Basic realm="z"`;
	await connect(registry.host, "team/app:1").source.fetchManifest();
	expect(auth.asked).toHaveLength(1);
});

test("row 5: a challenge without realm is an error that names the header", async () => {
	const { registry, auth } = await bearerRegistry();
	auth.challenge = () => 'Bearer service="s"';
	const error = await failure(connect(registry.host, "team/app:1").source.fetchManifest());
	expect(error.message).toContain('WWW-Authenticate: Bearer service="s"');
});

test("row 6: only schemes that cannot be done: an error that lists them, no loop", async () => {
	const { registry, auth } = await bearerRegistry();
	auth.challenge = () => ["Negotiate", 'Digest realm="d"'];
	const error = await failure(connect(registry.host, "team/app:1").source.fetchManifest());
	expect(error.code).toBe("ERR_REGISTRY_UNAUTHORIZED");
	expect(error.message).toContain("negotiate, digest");
	expect(registry.paths(/manifests/)).toHaveLength(1);
});

test.each([
	["token", (token: string) => ({ token })],
	["access_token", (token: string) => ({ access_token: token })],
	["both", (token: string) => ({ token, access_token: token })],
	["token first", (token: string) => ({ token, access_token: "other" })],
	["an empty token and access_token", (token: string) => ({ token: "", access_token: token })],
])("row 7: %s", async (_, answer) => {
	const { registry, auth } = await bearerRegistry();
	auth.tokenAnswer = answer;
	await connect(registry.host, "team/app:1").source.fetchManifest();
	expect(auth.asked).toHaveLength(1);
});

test.each([
	["neither", {}],
	["an empty one", { token: "" }],
	["HTML", "<html>log in</html>"],
	["a number", { token: 1 }],
	["null", null],
	["a line break", { token: "a\r\nX-Evil: 1" }],
])("row 8: a token answer with %s is an error", async (_, answer) => {
	const { registry, auth } = await bearerRegistry();
	auth.tokenAnswer = () => answer;
	const error = await failure(connect(registry.host, "team/app:1").source.fetchManifest());
	expect(error.code).toBe("ERR_REGISTRY_RESPONSE");
	expect(error.message).toContain("expected a token in the answer, got none");
	expect(
		registry.calls.filter(({ headers }) => /undefined|Bearer/.test(headers.authorization ?? "")),
	).toEqual([]);
});

test.each([
	["expires_in 1", { expires_in: 1 }, 1_000],
	["expires_in in quotes", { expires_in: "300" }, 300_000],
	["no expires_in", {}, 60_000],
	["expires_in null", { expires_in: null }, 60_000],
	["expires_in that is not a number", { expires_in: "soon" }, 60_000],
	["expires_in 0", { expires_in: 0 }, 60_000],
	["negative expires_in", { expires_in: -5 }, 60_000],
	["issued_at in the past", { expires_in: 300, issued_at: "2001-01-01T00:00:00Z" }, 300_000],
])("row 9: %s: a new token when it is used up, not one for each blob", async (_, answer, lifetime) => {
	const { registry, auth, layers } = await bearerRegistry();
	auth.tokenAnswer = (token) => ({ token, ...answer });
	const client = connect(registry.host, "team/app:1");
	await client.source.fetchManifest();
	await Promise.all(layers.map((layer) => readBlob(client, layer)));
	expect(auth.asked).toHaveLength(1);
	client.clock.now += lifetime * 0.85;
	await readBlob(client, layers[0]!);
	expect(auth.asked).toHaveLength(1);
	client.clock.now += lifetime * 0.1;
	await Promise.all(layers.map((layer) => readBlob(client, layer)));
	expect(auth.asked).toHaveLength(2);
});

test("row 9: one 401 in the middle of a pull renews the token, once for all", async () => {
	const { registry, auth, layers } = await bearerRegistry();
	const client = connect(registry.host, "team/app:1");
	await client.source.fetchManifest();
	auth.revoke();
	const bodies = await Promise.all(layers.map((layer) => readBlob(client, layer)));
	expect(bodies.map(String)).toEqual([1, 2, 3, 4, 5, 6].map((at) => `layer ${at}`));
	expect(auth.asked).toHaveLength(2);
});

test("row 9: who is refused at the same time shares the new token", async () => {
	const { registry, auth } = await bearerRegistry();
	const settings = settingsFrom({});
	const transport = new Transport(settings);
	const tokens = new TokenCache(transport, new NetworkGuard(transport), settings);
	const realm = new URL("/token", registry.url);
	const request = { realm, service: undefined, scopes: [], credentials: undefined };
	const old = await tokens.get(request);
	const fresh = await Promise.all([1, 2, 3].map(() => tokens.get(request, old)));
	expect(new Set([old, ...fresh]).size).toBe(2);
	expect(auth.asked).toHaveLength(2);
	await transport.close();
});

test("row 9: a resumed download gets the new token too", async () => {
	const { registry, auth } = await bearerRegistry();
	const blob = registry.addBlob(Buffer.alloc(100_000, 1));
	registry.script(
		/GET .*blobs/,
		(call, response) => {
			if (call.headers.authorization === undefined) return false;
			auth.revoke();
			response.writeHead(200, { "Content-Length": blob.size });
			response.write(Buffer.alloc(50_000, 1), () => response.destroy());
			return true;
		},
		2,
	);
	const client = connect(registry.host, "team/app:1");
	expect((await readBlob(client, blob)).length).toBe(blob.size);
	expect(auth.asked).toHaveLength(2);
	expect(registry.calls.at(-1)!.headers.range).toBe("bytes=50000-");
});

test.each([401, 403])(
	"row 10: credentials refused with %i are not followed by an anonymous try",
	async (status) => {
		const { registry, auth } = await bearerRegistry();
		auth.refuse = () => status;
		const error = await failure(connect(registry.host, "team/app:1", { credentials }).source.fetchManifest());
		expect(error.code).toBe("ERR_REGISTRY_UNAUTHORIZED");
		expect(error.message).toContain("credentials refused");
		expect(error.message).toContain("DENIED: token refused");
		expect(auth.asked.every(({ headers }) => headers.authorization !== undefined)).toBe(true);
		expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(SECRET);
	},
);

test("row 11: without credentials the token is asked for without Authorization", async () => {
	const { registry, auth } = await bearerRegistry();
	await connect(registry.host, "team/app:1").source.fetchManifest();
	expect(auth.asked[0]!.headers.authorization).toBeUndefined();
});

const identity = { DOCKER_AUTH_CONFIG: "" };
const withIdentity = (host: string) => ({
	env: {
		...identity,
		DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [host]: { identitytoken: "refresh-me" } } }),
	},
});

test("row 12: an identity token is posted as a refresh token", async () => {
	const { registry, auth } = await bearerRegistry();
	auth.refreshTokens = ["refresh-me"];
	auth.tokenAnswer = (token) => ({ access_token: token });
	await connect(registry.host, "team/app:1", withIdentity(registry.host)).source.fetchManifest();
	expect(auth.asked.map(({ method }) => method)).toEqual(["POST"]);
	expect(Object.fromEntries(new URLSearchParams(auth.asked[0]!.body))).toEqual({
		grant_type: "refresh_token",
		refresh_token: "refresh-me",
		client_id: "pvpkg",
		service: "test service",
		scope: "repository:team/app:pull",
	});
});

test.each([404, 405])("row 12: where POST answers %i, GET is asked", async (status) => {
	const { registry, auth } = await bearerRegistry();
	auth.refuse = ({ method }) => (method === "POST" ? status : undefined);
	auth.users = { "<token>": "refresh-me" };
	await connect(registry.host, "team/app:1", withIdentity(registry.host)).source.fetchManifest();
	expect(auth.asked.map(({ method }) => method)).toEqual(["POST", "GET"]);
});

test("row 12: a refused identity token is an error", async () => {
	const { registry, auth } = await bearerRegistry();
	auth.refreshTokens = ["another"];
	const { source } = connect(registry.host, "team/app:1", withIdentity(registry.host));
	const error = await failure(source.fetchManifest());
	expect(error.message).toContain("credentials refused");
	expect(error.message).not.toContain("refresh-me");
	expect(auth.asked).toHaveLength(1);
});

test("row 13: scopes are asked for as the challenge says, joined, not doubled", async () => {
	const { registry, auth } = await bearerRegistry();
	const scope = "repository:team/app:pull repository:base:pull repository:team/app:pull,push";
	auth.challenge = (_, url) => `Bearer realm="${url}/token",scope="${scope}"`;
	await connect(registry.host, "team/app:1").source.fetchManifest();
	expect(scopesOf(auth)).toEqual([["repository:team/app:pull,push", "repository:base:pull"]]);
});

test("row 14: a 401 with the fresh token is an error with the server's text", async () => {
	const { registry, auth } = await bearerRegistry();
	registry.script(/manifests/, (call, response) => {
		if (call.headers.authorization === undefined) return false;
		response.setHeader("WWW-Authenticate", `Bearer realm="${registry.url}/token"`);
		answerError(response, 401, "UNAUTHORIZED", "your account sleeps");
		return true;
	});
	const error = await failure(connect(registry.host, "team/app:1").source.fetchManifest());
	expect(error.code).toBe("ERR_REGISTRY_UNAUTHORIZED");
	expect(error.message).toMatch(
		/UNAUTHORIZED: your account sleeps \(check the user, the password, and what this user may read\)$/,
	);
	expect(registry.paths(/manifests/)).toHaveLength(2);
	expect(auth.asked).toHaveLength(1);
});

test("row 15: insufficient_scope gets one new token with that scope", async () => {
	const { registry, auth } = await bearerRegistry();
	const more = "repository:base:pull";
	registry.script(/manifests/, (call, response) => {
		if (call.headers.authorization !== "Bearer token-1") return false;
		response.setHeader(
			"WWW-Authenticate",
			`Bearer realm="${registry.url}/token",service="test service",scope="${more}",error="insufficient_scope"`,
		);
		answerError(response, 401, "DENIED", "more is needed");
		return true;
	});
	await connect(registry.host, "team/app:1").source.fetchManifest();
	expect(scopesOf(auth)).toEqual([["repository:team/app:pull"], ["repository:team/app:pull", more]]);
});

test("row 15: insufficient_scope again is an error", async () => {
	const { registry, auth } = await bearerRegistry();
	registry.script(/manifests/, (call, response) => {
		if (call.headers.authorization === undefined) return false;
		const scope = `repository:base${registry.calls.length}:pull`;
		response.setHeader(
			"WWW-Authenticate",
			`Bearer realm="${registry.url}/token",scope="${scope}",error="insufficient_scope"`,
		);
		answerError(response, 401, "DENIED", "more is needed");
		return true;
	});
	const error = await failure(connect(registry.host, "team/app:1").source.fetchManifest());
	expect(error.message).toContain("DENIED: more is needed");
	expect(auth.asked).toHaveLength(2);
});

test("row 18: a relative realm is resolved against the registry", async () => {
	const { registry, auth } = await bearerRegistry();
	auth.challenge = () => 'Bearer realm="/token",service="s"';
	await connect(registry.host, "team/app:1").source.fetchManifest();
	expect(auth.asked).toHaveLength(1);
});

test("a challenge without scope: the pull scope is asked for", async () => {
	const { registry, auth } = await bearerRegistry();
	auth.challenge = (_, url) => `Bearer realm="${url}/token",service="proxy"`;
	await connect(registry.host, "team/app:1").source.fetchManifest();
	expect(scopesOf(auth)).toEqual([["repository:team/app:pull"]]);
});

test("a challenge without scope, and that scope refused: once without", async () => {
	const { registry, auth } = await bearerRegistry();
	auth.challenge = (_, url) => `Bearer realm="${url}/token",service="proxy"`;
	auth.refuse = ({ query }) => (query.has("scope") ? 403 : undefined);
	const client = connect(registry.host, "team/app:1");
	await client.source.fetchManifest();
	expect(scopesOf(auth)).toEqual([["repository:team/app:pull"], []]);
	auth.refuse = () => 403;
	auth.revoke();
	const error = await failure(client.source.fetchManifest());
	expect(error.message).toContain("anonymous access refused");
});

test("row 25: a token server that fails once is asked again, POST too", async () => {
	const { registry, auth } = await bearerRegistry();
	auth.refreshTokens = ["refresh-me"];
	registry.script(/POST \/token/, (_, response) => answerJson(response, 503, {}), 1);
	const client = connect(registry.host, "team/app:1", withIdentity(registry.host));
	await client.source.fetchManifest();
	expect(client.pauses).toEqual([250]);
	expect(auth.asked).toHaveLength(1);
});

test("basic authentication, in UTF-8", async () => {
	const { registry } = await bearerRegistry();
	registry.auth = new BasicAuth({ user: SECRET });
	await connect(registry.host, "team/app:1", { credentials }).source.fetchManifest();
	const wrong = connect(registry.host, "team/app:1", { credentials: { ...credentials, password: "wrong" } });
	const error = await failure(wrong.source.fetchManifest());
	expect(error.code).toBe("ERR_REGISTRY_UNAUTHORIZED");
	expect(error.message).toContain("UNAUTHORIZED: authentication required");
	const none = await failure(connect(registry.host, "team/app:1").source.fetchManifest());
	expect(none.message).toContain("wants a user and a password, and none were found");
});

test("row 25: who needs a token tries again, the token server's failures do not multiply", async () => {
	const { registry } = await bearerRegistry();
	registry.script(/\/token/, (_, response) => answerJson(response, 503, {}, { "Retry-After": "100" }));
	const client = connect(registry.host, "team/app:1", { retries: 2 });
	expect((await failure(client.source.fetchManifest())).code).toBe("ERR_REGISTRY_SERVER");
	expect(client.pauses).toEqual([100_000, 100_000]);
});

test("a scope that is refused on renewal does not disturb the other requests", async () => {
	const { registry, auth, layers } = await bearerRegistry();
	auth.challenge = (_, url) => `Bearer realm="${url}/token",service="proxy"`;
	auth.refuse = ({ query }) => (query.has("scope") ? 403 : undefined);
	const client = connect(registry.host, "team/app:1");
	await client.source.fetchManifest();
	auth.revoke();
	// While the refusal is under way another blob is asked for.
	let other: Promise<Buffer> | undefined;
	registry.script(/\/token\?.*scope/, () => {
		other ??= readBlob(client, layers[1]!);
		return false;
	});
	expect((await readBlob(client, layers[0]!)).toString()).toBe("layer 1");
	expect((await other)!.toString()).toBe("layer 2");
});

test("a server that repeats what it was sent does not make us show it", async () => {
	const { registry, auth } = await bearerRegistry();
	const repeat: Fault = ({ headers, body }, response) => {
		const [scheme, value = ""] = (headers.authorization ?? "").split(" ");
		const sent = scheme === "Basic" ? Buffer.from(value, "base64").toString("utf8") : `${value} ${body}`;
		answerError(response, 403, "DENIED", `not with ${sent}, ${value}`);
	};
	auth.users = { user: SECRET };
	registry.script(/GET \/token/, repeat, 1);
	const refused = await failure(connect(registry.host, "team/app:1", { credentials }).source.fetchManifest());
	expect(refused.message).toContain("not with user:***, ***");
	registry.script(/GET .*manifests/, (call, response) =>
		call.headers.authorization === undefined ? false : repeat(call, response),
	);
	const denied = await failure(connect(registry.host, "team/app:1", { credentials }).source.fetchManifest());
	expect(denied.message).toContain("not with *** , ***");
	registry.script(/POST \/token/, repeat);
	const identity = await failure(
		connect(registry.host, "team/app:1", withIdentity(registry.host)).source.fetchManifest(),
	);
	expect(identity.message).toContain("refresh_token=***");
});

test("row 14: a token refused without another challenge: the server's text", async () => {
	const { registry } = await bearerRegistry();
	registry.script(/manifests/, ({ headers }, response) => {
		if (headers.authorization === undefined) return false;
		answerError(response, 401, "DENIED", "your plan has ended");
		return true;
	});
	const error = await failure(connect(registry.host, "team/app:1").source.fetchManifest());
	expect(error.code).toBe("ERR_REGISTRY_UNAUTHORIZED");
	expect(error.message).toContain("DENIED: your plan has ended");
});
