import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { CredentialStore } from "../../../src/image/registry/credentials.js";
import { type RegistryOptions, settingsFrom } from "../../../src/image/registry/settings.js";
import { answerError } from "../../support/registry.js";
import { BasicAuth, BearerAuth } from "../../support/registry-auth.js";
import { closeAll, connect, directoryOf, failure, startRegistry } from "../../support/registry-client.js";

afterEach(closeAll);

const auth = (user: string) => ({ auth: Buffer.from(`${user}:pw-${user}`).toString("base64") });
const file = (auths: object, more: object = {}) => JSON.stringify({ auths, ...more });

async function find(options: RegistryOptions, host = "reg.test", repository = "team/app", isOrigin = true) {
	const warnings: string[] = [];
	const settings = settingsFrom({ ...options, onWarning: (message) => warnings.push(message) });
	const { credentials, problems } = await new CredentialStore(settings).find(host, repository, isOrigin);
	return { credentials, problems, warnings, user: credentials?.username };
}

test("the places in their order: given, variables, files", async () => {
	const home = directoryOf({ ".docker/config.json": file({ "reg.test": auth("home") }) });
	const docker = directoryOf({ "config.json": file({ "reg.test": auth("docker") }) });
	const runtime = directoryOf({ "containers/auth.json": file({ "reg.test": auth("runtime") }) });
	const named = directoryOf({ "auth.json": file({ "reg.test": auth("named") }) });
	const env = {
		PVR_REGISTRY_USERNAME: "pvr",
		PVR_REGISTRY_PASSWORD: "pw",
		DOCKER_AUTH_CONFIG: file({ "reg.test": auth("inline") }),
		REGISTRY_AUTH_FILE: `${named}/auth.json`,
		DOCKER_CONFIG: docker,
		XDG_RUNTIME_DIR: runtime,
	};
	const credentials = { username: "given", password: "pw" };
	expect((await find({ credentials, env, home })).user).toBe("given");
	expect((await find({ credentials, env, home }, "reg.test", "team/app", false)).user).toBe("inline");
	const order = ["pvr", "inline", "named", "docker", "home", "runtime"];
	const left: Record<string, string | undefined> = { ...env };
	const seen: (string | undefined)[] = [];
	for (const key of ["PVR_REGISTRY_USERNAME", "DOCKER_AUTH_CONFIG", "REGISTRY_AUTH_FILE", "DOCKER_CONFIG"]) {
		seen.push((await find({ env: left, home })).user);
		delete left[key];
	}
	seen.push((await find({ env: left, home })).user, (await find({ env: left })).user);
	expect(seen).toEqual(order);
	const registryConfig = `${named}/auth.json`;
	expect((await find({ registryConfig, env: { ...env, PVR_REGISTRY_USERNAME: undefined }, home })).user).toBe(
		"named",
	);
});

test("what skopeo login wrote is found without XDG_RUNTIME_DIR", async () => {
	const home = directoryOf({
		".config/containers/auth.json": file({ "reg.test": auth("config") }),
		"elsewhere/containers/auth.json": file({ "reg.test": auth("elsewhere") }),
	});
	expect((await find({ home })).user).toBe("config");
	expect((await find({ home, env: { XDG_CONFIG_HOME: `${home}/elsewhere` } })).user).toBe("elsewhere");
	expect((await find({ env: {} })).user).toBeUndefined();
});

test("a file without the registry is passed over for the next", async () => {
	const home = directoryOf({ ".docker/config.json": file({ "reg.test": auth("home") }) });
	const { user } = await find({ home, env: { DOCKER_AUTH_CONFIG: file({ "other.test": auth("inline") }) } });
	expect(user).toBe("home");
});

test.each([
	["the host", { "reg.test": auth("host") }, "host"],
	["the longest prefix", { "reg.test": auth("host"), "reg.test/team": auth("team") }, "team"],
	["the repository itself", { "reg.test/team": auth("team"), "reg.test/team/app": auth("app") }, "app"],
	["no part of a name", { "reg.test/tea": auth("tea") }, undefined],
	["another repository", { "reg.test/team/other": auth("other") }, undefined],
	["another port", { "reg.test:5000": auth("port") }, undefined],
	["https://", { "https://reg.test": auth("https") }, "https"],
	["https:// with a path", { "https://reg.test/v2/": auth("v2") }, "v2"],
	["https port", { "reg.test:443": auth("443") }, "443"],
	["upper case", { "REG.test": auth("upper") }, "upper"],
])("keys: %s", async (_, auths, user) => {
	expect((await find({ env: { DOCKER_AUTH_CONFIG: file(auths) } })).user).toBe(user);
});

test.each([
	"https://index.docker.io/v1/",
	"docker.io",
	"index.docker.io",
	"https://registry-1.docker.io/v2/",
])("keys of Docker Hub: %s", async (key) => {
	const env = { DOCKER_AUTH_CONFIG: file({ [key]: auth("hub") }) };
	expect((await find({ env }, "registry-1.docker.io", "library/alpine")).user).toBe("hub");
});

test.each([
	["auth", { auth: Buffer.from("u:p:with:colons").toString("base64") }, "p:with:colons"],
	["username and password", { username: "u", password: "p" }, "p"],
	["auth padded with zeros", { auth: Buffer.from("u:p\0\0").toString("base64") }, "p"],
])("entries: %s", async (_, entry, password) => {
	const { credentials } = await find({ env: { DOCKER_AUTH_CONFIG: file({ "reg.test": entry }) } });
	expect(credentials).toEqual({ kind: "password", username: "u", password });
});

test("entries: an identity token, an empty entry", async () => {
	const token = { identitytoken: "T", ...auth("u") };
	expect((await find({ env: { DOCKER_AUTH_CONFIG: file({ "reg.test": token }) } })).credentials).toEqual({
		kind: "identity-token",
		username: "u",
		token: "T",
	});
	expect((await find({ env: { DOCKER_AUTH_CONFIG: file({ "reg.test": {} }) } })).credentials).toBeUndefined();
});

/** A credential helper in a directory for PATH. */
const helper = (name: string, body: string) => ({ [`docker-credential-${name}`]: `#!/bin/sh\n${body}\n` });
const answers = (user: string) =>
	`cat > "$0.asked"; printf '{"ServerURL":"x","Username":"${user}","Secret":"pw"}'`;

test("credHelpers beat credsStore beats auths", async () => {
	const directory = directoryOf({ ...helper("one", answers("one")), ...helper("two", answers("two")) });
	const env = { PATH: `${directory}:/usr/bin:/bin` };
	const auths = { "reg.test": auth("stored") };
	const all = file(auths, { credsStore: "two", credHelpers: { "reg.test": "one" } });
	expect((await find({ env: { ...env, DOCKER_AUTH_CONFIG: all } })).user).toBe("one");
	expect((await find({ env: { ...env, DOCKER_AUTH_CONFIG: file(auths, { credsStore: "two" }) } })).user).toBe(
		"two",
	);
	expect((await find({ env: { ...env, DOCKER_AUTH_CONFIG: file(auths) } })).user).toBe("stored");
});

test("a helper is asked for a host, and for Docker Hub by docker's own key", async () => {
	const directory = directoryOf(helper("all", answers("u")));
	const asked = () => readFileSync(join(directory, "docker-credential-all.asked"), "utf8");
	const env = { PATH: `${directory}:/usr/bin:/bin`, DOCKER_AUTH_CONFIG: file({}, { credsStore: "all" }) };
	await find({ env }, "registry-1.docker.io", "library/alpine");
	expect(asked()).toBe("https://index.docker.io/v1/");
	await find({ env });
	expect(asked()).toBe("reg.test");
});

test("a helper that has nothing is passed over, `<token>` is an identity token", async () => {
	const directory = directoryOf({
		...helper("none", "echo credentials not found in native keychain; exit 1"),
		...helper("token", answers("<token>")),
	});
	const env = { PATH: `${directory}:/usr/bin:/bin` };
	const none = file({ "reg.test": auth("stored") }, { credsStore: "none" });
	expect(await find({ env: { ...env, DOCKER_AUTH_CONFIG: none } })).toMatchObject({
		user: "stored",
		warnings: [],
	});
	const token = file({}, { credsStore: "token" });
	expect((await find({ env: { ...env, DOCKER_AUTH_CONFIG: token } })).credentials).toMatchObject({
		kind: "identity-token",
		token: "pw",
	});
});

test.each([
	["missing", "ghost", "docker-credential-ghost is not on PATH"],
	["failing", "bad", "docker-credential-bad failed (3)"],
	["hanging", "slow", "docker-credential-slow gave no answer in 0.2 s", 200],
	["not to be asked to end", "deaf", "docker-credential-deaf gave no answer in 0.2 s", 200],
	["talking nonsense", "odd", "docker-credential-odd gave an answer that is not understood"],
	["a path", "../../bin/sh", '"../../bin/sh" is not a name of a helper'],
])(
	"a helper that is %s is a warning with file and helper, then anonymous",
	async (_, name, reason, timeout = 60_000) => {
		const directory = directoryOf({
			...helper("bad", "echo my-secret; exit 3"),
			...helper("slow", "exec sleep 20"),
			...helper("deaf", "trap '' TERM; while :; do sleep 0.1; done"),
			...helper("odd", "echo my-secret"),
			"config.json": file({}, { credHelpers: { "reg.test": name } }),
		});
		const env = { PATH: `${directory}:/usr/bin:/bin`, DOCKER_CONFIG: directory };
		const { credentials, warnings } = await find({ env, timeout });
		expect(credentials).toBeUndefined();
		expect(warnings).toEqual([`${directory}/config.json: ${reason}; going on without credentials`]);
	},
);

test("a missing helper is named again when the registry refuses", async () => {
	const registry = await startRegistry();
	const bearer = new BearerAuth();
	bearer.users = { user: "pw" };
	const env = { DOCKER_AUTH_CONFIG: file({}, { credsStore: "ghost" }), PATH: "/nowhere" };
	for (const auth of [new BasicAuth({ user: "pw" }), bearer]) {
		registry.auth = auth;
		const error = await failure(connect(registry.host, "app", { env }).source.fetchManifest());
		expect(error.code).toBe("ERR_REGISTRY_UNAUTHORIZED");
		expect(error.message).toContain("DOCKER_AUTH_CONFIG: docker-credential-ghost is not on PATH");
	}
});

test.each([
	["no JSON", '{"auths": {"reg.test": {"auth": "c2VjcmV0"', "expected a JSON object"],
	["another shape", '{"auths": {"reg.test": {"auth": 5}}}', "auths.reg.test.auth: wrong type"],
	["a list", "[]", "expected a JSON object"],
])("a chosen file with %s is an error that shows nothing of it", async (_, text, reason) => {
	const error = await failure(find({ env: { DOCKER_AUTH_CONFIG: text } }));
	expect(error.code).toBe("ERR_REGISTRY_CONFIG");
	expect(error.message).toContain(`DOCKER_AUTH_CONFIG: parse credentials: ${reason}`);
	expect(error.message).not.toContain("c2Vj");
	expect(error.cause).toBeUndefined();
	const home = directoryOf({ ".docker/config.json": text });
	expect((await find({ home })).warnings[0]).toContain("it is ignored");
});

test("a --registry-config that is not there is an error", async () => {
	const error = await failure(find({ registryConfig: "/nowhere/config.json" }));
	expect(error.message).toBe("/nowhere/config.json: read credentials: there is no such file");
});

test.each([404, 403])(
	"a registry that answers strangers with %i is asked again with credentials",
	async (status) => {
		const registry = await startRegistry();
		registry.addImage("app", { os: "linux", architecture: "amd64" }, [], "1");
		const basic = new BasicAuth({ me: "s3cret" });
		registry.auth = {
			answer(call, response) {
				if (call.path === "/v2/" || call.headers.authorization !== undefined)
					return basic.answer(call, response);
				answerError(response, status, "NAME_UNKNOWN", "nothing here");
				return true;
			},
		};
		const credentials = { username: "me", password: "s3cret" };
		await connect(registry.host, "app:1", { credentials }).source.fetchManifest();
		const stranger = await failure(connect(registry.host, "app:1").source.fetchManifest());
		expect(stranger.message).toContain(`answered ${status}`);
		const refused = { username: "me", password: "wrong" };
		const error = await failure(
			connect(registry.host, "app:1", { credentials: refused }).source.fetchManifest(),
		);
		expect(error.message).toMatch(/answered (401|403|404)/);
	},
);

test("a tag that is not there stays an error, and costs one more look", async () => {
	const registry = await startRegistry();
	const credentials = { username: "me", password: "s3cret" };
	const client = connect(registry.host, "app:9", { credentials });
	expect((await failure(client.source.fetchManifest())).code).toBe("ERR_REGISTRY_NOT_FOUND");
	await failure(client.source.fetchManifest());
	expect(registry.paths(/manifests/)).toHaveLength(2);
	expect(registry.paths(/^\/v2\/$/).length).toBeLessThanOrEqual(2);
});
