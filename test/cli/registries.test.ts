import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Workplace } from "../support/command-line.js";
import { noise } from "../support/inodes.js";
import { TestRegistry } from "../support/registry.js";
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
