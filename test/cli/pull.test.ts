import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { DemoRegistry } from "../../fixtures/demo-registry.js";
import { serveDemo, Workplace } from "../support/command-line.js";

let registry: DemoRegistry;
let place: Workplace;
beforeAll(async () => {
	registry = await serveDemo();
});
afterAll(() => registry.close());
beforeEach(() => {
	place = new Workplace();
});
afterEach(() => place.remove());

const image = (): string => `${registry.host}/demo/app:1.0`;

/** SHA-256 of the files below a directory, by relative path. */
function digestsBelow(directory: string): Record<string, string> {
	const names = readdirSync(directory, { recursive: true, encoding: "utf8", withFileTypes: true });
	const files = names.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
	const sha256 = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");
	return Object.fromEntries(files.sort().map((path) => [path.slice(directory.length + 1), sha256(path)]));
}

// biome-ignore lint/suspicious/noExplicitAny: the test says what it expects.
function readJson(name: string): any {
	return JSON.parse(readFileSync(place.path(name), "utf8"));
}

async function pull(...args: string[]): Promise<void> {
	expect(await place.run(["pull", "-q", ...args])).toMatchObject({ code: 0 });
}

describe("pulling", () => {
	test("into a layout leaves one whose blobs are what their names say, all platforms in an index", async () => {
		await pull(image(), "-o", "layout", "--tag", "1.0");
		for (const [name, digest] of Object.entries(digestsBelow(place.path("layout/blobs/sha256")))) {
			expect(digest).toBe(name);
		}
		const { manifests } = readJson("layout/index.json");
		expect(manifests).toHaveLength(1);
		expect(manifests[0].annotations).toEqual({ "org.opencontainers.image.ref.name": "1.0" });
		const list = readJson(`layout/blobs/${manifests[0].digest.replace(":", "/")}`);
		expect(list.manifests).toHaveLength(6);
	});

	test("into an archive gives the same bytes each time, and the image of the registry", async () => {
		await pull(image(), "-o", "oci-archive:one.tar");
		writeFileSync(place.path("two.tar"), "what was there before");
		await pull(image(), "-o", "oci-archive:two.tar");
		expect(readFileSync(place.path("two.tar")).equals(readFileSync(place.path("one.tar")))).toBe(true);
		await pull(image(), "-o", "layout");
		await pull("oci-archive:one.tar", "-o", "again");
		expect(digestsBelow(place.path("again"))).toEqual(digestsBelow(place.path("layout")));
	});

	test("into an archive in the place of a directory fails before anything is fetched", async () => {
		mkdirSync(place.path("taken"));
		const { code, stderr } = await place.run(["pull", image(), "-o", "oci-archive:taken"]);
		expect([code, stderr]).toEqual([expect.any(Number), expect.stringContaining("taken")]);
		expect(code).not.toBe(0);
		expect(readdirSync(place.path("taken"))).toEqual([]);
	});

	test("a layout again gives the same layout, and the image that the registry gives", async () => {
		await pull(image(), "-o", "layout");
		await pull("oci:layout", "-o", "again");
		expect(digestsBelow(place.path("again"))).toEqual(digestsBelow(place.path("layout")));
		const squash = (source: string, output: string): Promise<unknown> =>
			place.run(["mksquashfs", source, output, "--platform", "linux/arm64"]);
		expect(await squash(image(), "a.squashfs")).toMatchObject({ code: 0 });
		expect(await squash("oci:layout", "b.squashfs")).toMatchObject({ code: 0 });
		expect(readFileSync(place.path("b.squashfs")).equals(readFileSync(place.path("a.squashfs")))).toBe(true);
	});

	test("a damaged blob of the store fetches it again; no layout ever has it", async () => {
		await pull(image());
		const store = place.path("cache/v2/blobs/sha256");
		const whole = digestsBelow(store);
		for (const name of Object.keys(whole)) writeFileSync(join(store, name), "damaged");
		await pull(image(), "-o", "layout");
		expect(digestsBelow(store)).toEqual(whole);
		for (const [name, digest] of Object.entries(digestsBelow(place.path("layout/blobs/sha256")))) {
			expect(digest).toBe(name);
		}
	});

	test("a layout keeps its other images; one of the same name is replaced in its place", async () => {
		await pull(image(), "-o", "layout", "--tag", "six");
		await pull(image(), "-o", "layout", "--tag", "one", "-p", "linux/arm64");
		writeFileSync(
			place.path("layout/index.json"),
			JSON.stringify({ ...readJson("layout/index.json"), x: 1 }),
		);
		await pull(image(), "-o", "layout", "--tag", "six", "-p", "linux/amd64");
		const { manifests, ...others } = readJson("layout/index.json");
		expect(others).toEqual({ schemaVersion: 2, x: 1 });
		// biome-ignore lint/suspicious/noExplicitAny: the test says what it expects.
		const named = manifests.map(({ annotations, platform }: any) => [
			annotations["org.opencontainers.image.ref.name"],
			platform.architecture,
		]);
		expect(named).toEqual([
			["six", "amd64"],
			["one", "arm64"],
		]);
		expect(await place.run(["pull", "-q", "oci:layout:one", "-o", "again"])).toMatchObject({ code: 0 });
	});

	test.each(["{", "[]", '{"manifests":1}'])("a layout whose index is %s stays as it is", async (text) => {
		await pull(image(), "-o", "layout");
		writeFileSync(place.path("layout/index.json"), text);
		const before = digestsBelow(place.path("layout"));
		const { code, stderr } = await place.run(["pull", image(), "-o", "layout", "--tag", "x"]);
		expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining("layout/index.json") });
		expect(digestsBelow(place.path("layout"))).toEqual(before);
	});

	test("a layout of an image that is not there leaves nothing", async () => {
		const { code } = await place.run(["pull", `${registry.host}/demo/app:2.0`, "-o", "layout"]);
		expect(code).toBe(4);
		expect(existsSync(place.path("layout"))).toBe(false);
	});
});
