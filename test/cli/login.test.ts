import {
	chmodSync,
	existsSync,
	lstatSync,
	mkdirSync,
	readFileSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Workplace } from "../support/command-line.js";
import { TestRegistry } from "../support/registry.js";
import { BasicAuth, BearerAuth } from "../support/registry-auth.js";
import { tarball } from "../support/tar-builder.js";

let place: Workplace;
let registry: TestRegistry;

beforeEach(async () => {
	place = new Workplace();
	registry = await TestRegistry.start();
	registry.addImage("app", { os: "linux", architecture: "amd64" }, [tarball({ path: "x" })], "1");
	registry.auth = new BasicAuth({ ci: "s3cret:word" });
});
afterEach(async () => {
	await registry.close();
	place.remove();
});

type Options = Parameters<Workplace["run"]>[1];
const login = (input: string, options: Options = {}, ...more: readonly string[]) =>
	place.run(["login", registry.host, "-u", "ci", "--password-stdin", ...more], { input, ...options });
const pull = (options: Options = {}, ...more: readonly string[]) =>
	place.run(["pull", `${registry.host}/app:1`, "--retries", "0", ...more], options);

test("what login keeps is what pull finds, until logout", async () => {
	expect((await pull()).code).toBe(4);
	const { code, stdout, stderr } = await login("s3cret:word\n");
	const file = place.path(".docker/config.json");
	expect(code, stderr).toBe(0);
	expect(stdout).toBe(`${registry.host}: logged in, kept by ${file}\n`);
	expect(stdout + stderr).not.toContain("s3cret");
	expect(statSync(file).mode & 0o777).toBe(0o600);
	expect((await pull()).code).toBe(0);
	expect(await place.run(["logout", registry.host])).toMatchObject({ code: 0 });
	expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ auths: {} });
	const again = await place.run(["logout", registry.host, "--json"]);
	expect(JSON.parse(again.stdout)).toMatchObject({ ok: true, registry: registry.host, replaced: false });
});

test("a token server is shown the credentials, and asked for no repository", async () => {
	const auth = new BearerAuth();
	auth.users = { ci: "token" };
	auth.challenge = (_, url) => `Bearer realm="${url}/token",service="test service"`;
	registry.auth = auth;
	expect((await login("wrong")).code).toBe(4);
	expect((await login("token")).code).toBe(0);
	expect(auth.asked.map(({ query }) => query.get("scope"))).not.toContain("repository::pull");
});

test("credentials that the registry refuses are not kept", async () => {
	const { code, stderr } = await login("wrong", {}, "--retries", "0");
	expect([code, stderr]).toEqual([4, expect.stringContaining("log in")]);
	expect(existsSync(place.path(".docker"))).toBe(false);
});

test("a registry that does not ask for credentials cannot check them, which is a warning", async () => {
	registry.auth = undefined;
	const { code, stderr } = await login("any");
	expect([code, stderr]).toEqual([0, expect.stringContaining("does not ask for credentials")]);
});

describe("the file", () => {
	test.each([
		["--registry-config", { env: {} }, ["--registry-config", "own.json"]],
		["REGISTRY_AUTH_FILE", { env: { REGISTRY_AUTH_FILE: "own.json" } }, []],
	])("is that of %s, and the rest of it stays", async (_, options, more) => {
		const { host } = registry;
		const old = { auths: { [`https://${host}/v2/`]: { auth: "b2xk" }, other: { auth: "eDp5" } }, own: [1] };
		writeFileSync(place.path("own.json"), JSON.stringify(old));
		expect((await login("s3cret:word", options, ...more)).code).toBe(0);
		const auth = Buffer.from("ci:s3cret:word").toString("base64");
		expect(JSON.parse(readFileSync(place.path("own.json"), "utf8"))).toEqual({
			auths: { other: { auth: "eDp5" }, [host]: { auth } },
			own: [1],
		});
		expect((await pull(options, ...more)).code).toBe(0);
	});

	test("may be a link, which stays", async () => {
		writeFileSync(place.path("dotfiles.json"), "{}");
		symlinkSync("dotfiles.json", place.path("own.json"));
		expect((await login("s3cret:word", {}, "--registry-config", "own.json")).code).toBe(0);
		expect(lstatSync(place.path("own.json")).isSymbolicLink()).toBe(true);
		expect(readFileSync(place.path("dotfiles.json"), "utf8")).toContain(registry.host);
	});

	test("that is damaged stays as it is, and nothing of it is shown", async () => {
		writeFileSync(place.path("own.json"), '{"auths": {"x": {"auth": "c2VjcmV0"}');
		const { code, stderr } = await login("s3cret:word", {}, "--registry-config", "own.json");
		expect([code, stderr]).toEqual([3, expect.stringContaining("own.json: parse credentials")]);
		expect(stderr).not.toContain("c2VjcmV0");
		expect(readFileSync(place.path("own.json"), "utf8")).toContain('"x"');
	});
});

test("a credential helper keeps and forgets them where the file names one", async () => {
	mkdirSync(place.path("bin"));
	const program = place.path("bin/docker-credential-test");
	writeFileSync(program, '#!/bin/sh\n{ echo "$1"; cat; echo; } >> "$HOME/helper.log"\n');
	chmodSync(program, 0o755);
	writeFileSync(place.path("own.json"), JSON.stringify({ credHelpers: { [registry.host]: "test" } }));
	const env = { PATH: `${place.path("bin")}:${process.env.PATH}`, REGISTRY_AUTH_FILE: "own.json" };
	const { stdout } = await login("s3cret:word", { env });
	expect(stdout).toContain("kept by docker-credential-test");
	expect((await place.run(["logout", registry.host], { env })).code).toBe(0);
	const stored = JSON.stringify({ ServerURL: registry.host, Username: "ci", Secret: "s3cret:word" });
	expect(readFileSync(place.path("helper.log"), "utf8")).toBe(`store\n${stored}\nerase\n${registry.host}\n`);
	expect(readFileSync(place.path("own.json"), "utf8")).not.toContain("auths");
	writeFileSync(program, "#!/bin/sh\nexit 1\n");
	const failed = await login("s3cret:word", { env });
	expect([failed.code, failed.stderr]).toEqual([3, expect.stringContaining("store credentials")]);
});

test.each([
	[["login", "a registry", "-u", "x", "--password", "y"], 3, "expected a registry, HOST[:PORT]"],
	[["login", "reg.example/team", "-u", "x", "--password", "y"], 3, "expected a registry, HOST[:PORT]"],
	[["login", "reg.example"], 2, "expected --username, and --password-stdin"],
])("%j is refused", async (args, code, message) => {
	expect(await place.run(args as string[])).toMatchObject({
		code,
		stderr: expect.stringContaining(message as string),
	});
});

describe("image", () => {
	const credentials = ["-u", "ci", "--password", "s3cret:word"];

	test("tags lists those of a repository", async () => {
		registry.addImage("app", { os: "linux", architecture: "arm64" }, [tarball({ path: "y" })], "2");
		const args = ["image", "tags", `${registry.host}/app`, ...credentials];
		expect(await place.run(args)).toMatchObject({ code: 0, stdout: "1\n2\n" });
		const { stdout } = await place.run([...args, "--json"]);
		expect(JSON.parse(stdout)).toMatchObject({
			spec: "pvpkg/image-tags@1",
			repository: `${registry.host}/app`,
			tags: ["1", "2"],
		});
	});

	test("inspect shows platforms, digests and layers, and fetches no layer", async () => {
		const args = ["image", "inspect", `${registry.host}/app:1`, ...credentials];
		const { code, stdout } = await place.run(args);
		expect([code, stdout]).toEqual([
			0,
			expect.stringMatching(/linux\/amd64\n {2}digest sha256:[0-9a-f]{64}\n/),
		]);
		const document = JSON.parse((await place.run([...args, "--json"])).stdout);
		expect(document.platforms).toMatchObject([
			{ platform: "linux/amd64", layers: [{ diffId: expect.any(String) }] },
		]);
		const layer = document.platforms[0].layers[0].digest;
		expect(registry.calls.some(({ path }) => path.endsWith(layer))).toBe(false);
	});
});

test("-C goes to a directory first, and names the one that is not there", async () => {
	mkdirSync(place.path("a/b"), { recursive: true });
	expect((await place.run(["-C", "a", "-C", "b", "init"])).code).toBe(0);
	expect(existsSync(place.path("a/b/.pvr"))).toBe(true);
	const missing = await place.run(["-C", "nowhere", "init"]);
	expect([missing.code, missing.stderr]).toEqual([
		4,
		expect.stringContaining("nowhere: enter directory: it does not exist"),
	]);
	// After the command it would be taken, and nobody would go there.
	const late = await place.run(["lock", "-C", "a"]);
	expect([late.code, late.stderr]).toEqual([2, expect.stringContaining("-C")]);
	expect(existsSync(place.path("pvpkg.lock.json"))).toBe(false);
});
