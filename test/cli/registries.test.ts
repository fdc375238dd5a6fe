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
