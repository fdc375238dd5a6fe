import { afterEach, expect, test } from "vitest";
import { parseReference } from "../../../src/image/oci/index.js";
import { placesOf } from "../../../src/image/registry/mirror.js";
import { answerBytes, answerError, breakOff } from "../../support/registry.js";
import { BasicAuth, BearerAuth } from "../../support/registry-auth.js";
import { closeAll, connect, failure, readBlob, startRegistry } from "../../support/registry-client.js";

afterEach(closeAll);

const linux = { os: "linux", architecture: "amd64" };
const content = Buffer.from("0123456789".repeat(10_000));

test.each([
	[
		"docker.io/alpine",
		["docker.io=m.test"],
		["m.test/library/alpine", "registry-1.docker.io/library/alpine"],
	],
	[
		"alpine",
		["docker.io=m.test:5000/cache/hub"],
		["m.test:5000/cache/hub/library/alpine", "registry-1.docker.io/library/alpine"],
	],
	[
		"r.test/a/b",
		["docker.io=m.test", "r.test=one.test", "r.test=two.test/x"],
		["one.test/a/b", "two.test/x/a/b", "r.test/a/b"],
	],
	["alpine", ["Docker.IO=[::1]:5000"], ["[::1]:5000/library/alpine", "registry-1.docker.io/library/alpine"]],
	["r.test:5000/a", ["r.test=m.test"], ["r.test:5000/a"]],
	["r.test/a", [], ["r.test/a"]],
])("%s with mirrors %j", (reference, mirrors, want) => {
	const places = placesOf(parseReference(reference), mirrors);
	expect(places.map(({ host, repository }) => `${host}/${repository}`)).toEqual(want);
	expect(places.map(({ isOrigin }) => isOrigin)).toEqual(want.map((_, at) => at === want.length - 1));
});

test.each([
	"m.test",
	"docker.io=",
	"=m.test",
	"docker.io=https://m.test",
	"docker.io=m.test/UPPER",
	"docker.io=m?x",
	"a=b=c",
])("--mirror %s is an error", (mirror) => {
	expect(() => placesOf(parseReference("alpine"), [mirror])).toThrow(/^--mirror .*expected registry=host/);
});

async function mirrorAndOrigin() {
	const [mirror, origin] = [await startRegistry(), await startRegistry()];
	const layer = mirror.addBlob(content);
	mirror.addImage("cache/app", linux, [content], "1");
	origin.addImage("app", linux, [content], "1");
	const client = connect(origin.host, "app:1", {
		mirrors: [`${origin.host}=${mirror.host}/cache`],
		retries: 1,
	});
	return { mirror, origin, layer, client };
}

test("a mirror that has all is asked for all", async () => {
	const { mirror, origin, layer, client } = await mirrorAndOrigin();
	await client.source.fetchManifest();
	expect((await readBlob(client, layer)).length).toBe(content.length);
	expect(mirror.paths(/cache\/app/)).toHaveLength(2);
	expect(origin.calls).toEqual([]);
});

test.each([
	["404", 404],
	["401", 401],
	["500", 500],
	["429", 429],
])("a mirror that answers %s is passed over", async (_, status) => {
	const { mirror, origin, layer, client } = await mirrorAndOrigin();
	mirror.script(/cache/, (_call, response) => answerError(response, status, "NO", "no"));
	await client.source.fetchManifest();
	expect((await readBlob(client, layer)).length).toBe(content.length);
	expect(origin.paths(/app/)).toHaveLength(2);
	expect(client.notes.join("\n")).toContain("trying the next place");
});

test("a mirror that is not there is passed over", async () => {
	const { mirror, layer, client } = await mirrorAndOrigin();
	await mirror.close();
	await client.source.fetchManifest();
	expect((await readBlob(client, layer)).length).toBe(content.length);
});

test("a blob that breaks at the mirror goes on at the registry", async () => {
	const { mirror, origin, layer, client } = await mirrorAndOrigin();
	mirror.script(/blobs/, (call, response) => {
		if (call.headers.range === undefined) breakOff(response, content.subarray(0, 50_000), content.length);
		else response.destroy();
	});
	expect((await readBlob(client, layer)).equals(content)).toBe(true);
	expect(origin.calls.at(-1)!.headers.range).toBe("bytes=50000-");
});

test("a blob whose rest the mirror announces wrong goes on at the registry", async () => {
	const { mirror, origin, layer, client } = await mirrorAndOrigin();
	mirror.script(/blobs/, (call, response) => {
		if (call.headers.range === undefined) breakOff(response, content.subarray(0, 50_000), content.length);
		else response.end("<html>Busy");
	});
	expect((await readBlob(client, layer)).equals(content)).toBe(true);
	expect(origin.calls.at(-1)!.headers.range).toBe("bytes=50000-");
});

test("a mirror's blob is checked like any other", async () => {
	const { mirror, layer, client } = await mirrorAndOrigin();
	mirror.script(/blobs/, (call, response) => answerBytes(response, call, Buffer.alloc(content.length)));
	expect((await failure(readBlob(client, layer))).code).toBe("ERR_BLOB_DIGEST");
});

test("a blob that was wrong is asked of the next place when it is opened again", async () => {
	const { mirror, layer, client } = await mirrorAndOrigin();
	mirror.script(/blobs/, (call, response) => answerBytes(response, call, Buffer.alloc(content.length)));
	await failure(readBlob(client, layer));
	expect((await readBlob(client, layer)).equals(content)).toBe(true);
});

test("a mirror never sees the credentials given for the registry", async () => {
	const { mirror, origin } = await mirrorAndOrigin();
	mirror.auth = new BasicAuth({ user: "s3cret" });
	origin.auth = new BasicAuth({ user: "s3cret" });
	const credentials = { username: "user", password: "s3cret" };
	const client = connect(origin.host, "app:1", {
		mirrors: [`${origin.host}=${mirror.host}/cache`],
		credentials,
	});
	await client.source.fetchManifest();
	expect(mirror.calls.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
});

test("when the registry fails too, its error is the one that is told", async () => {
	const { origin, mirror, client } = await mirrorAndOrigin();
	await mirror.close();
	origin.script(/manifests/, (_, response) =>
		answerError(response, 404, "MANIFEST_UNKNOWN", "not here either"),
	);
	expect((await failure(client.source.fetchManifest())).message).toContain("not here either");
});

test("a token got with the registry's credentials never goes to a mirror", async () => {
	const { mirror, origin } = await mirrorAndOrigin();
	const auth = new BearerAuth();
	auth.users = { user: "s3cret" };
	origin.auth = auth;
	const realm = `Bearer realm="${origin.url}/token",service="test service",scope="repository:app:pull"`;
	const asked = new BearerAuth();
	asked.challenge = () => realm;
	mirror.auth = asked;
	const client = connect(origin.host, "app:1", {
		mirrors: [`${origin.host}=${mirror.host}/cache`],
		credentials: { username: "user", password: "s3cret" },
	});
	for (let time = 0; time < 2; time++) await client.source.fetchManifest();
	expect(auth.asked.some(({ headers }) => headers.authorization !== undefined)).toBe(true);
	expect(mirror.calls.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
});

test("a mirror that cannot be reached costs its time once", async () => {
	const { mirror, layer, client } = await mirrorAndOrigin();
	await mirror.close();
	await client.source.fetchManifest();
	const pauses = client.pauses.length;
	await client.source.fetchManifest();
	expect((await readBlob(client, layer)).length).toBe(content.length);
	expect(client.pauses).toHaveLength(pauses);
});

test.each([
	"docker.io=user:s3cret@m.test/hub",
	"docker.io=https://user:s3c@ret@m.test",
	"user:s3cret@m.test",
])("--mirror %s is an error that does not show the password", (mirror) => {
	const parse = () => placesOf(parseReference("alpine"), [mirror]);
	expect(parse).toThrow(/m\.test.*credentials belong in --registry-config$/);
	expect(parse).not.toThrow(/s3c/);
});
