import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CommandResult, Workplace } from "../support/command-line.js";
import { layoutFiles, sampleImage } from "../support/image-layout.js";
import { TYPES } from "../support/memory-source.js";
import { TestRegistry } from "../support/registry.js";
import { tarball } from "../support/tar-builder.js";

// A package made of local bytes is the one that a registry's image gives.

const image = sampleImage("named");
const PATH_WARNING = "this path becomes part of the package";

let place: Workplace;
let registry: TestRegistry;
let online: string;
beforeAll(async () => {
	place = new Workplace();
	registry = await TestRegistry.start();
	for (const blob of image.blobs.values()) registry.addBlob(blob);
	registry.addManifest("team/app", "1", image.blobs.get(blobPath(image.manifest.digest)), TYPES.manifest);
	const files = [...layoutFiles([{ image }])];
	for (const directory of ["here", "other/place"]) {
		for (const [path, body] of files) save(`${directory}/${path}`, body);
	}
	save("app.tar", tarball(...files.map(([path, body]) => ({ path, body }))));
	online = `${registry.host}/team/app:1`;
});
afterAll(async () => {
	await registry.close();
	place.remove();
});

function blobPath(digest: string): string {
	return `blobs/${digest.replace(":", "/")}`;
}

function save(name: string, body: string | Uint8Array): void {
	mkdirSync(dirname(place.path(name)), { recursive: true });
	writeFileSync(place.path(name), body);
}

function pvpkg(...args: string[]): Promise<CommandResult> {
	return place.run(args, { env: { PVPKG_TIER: "fast" } });
}

/** Exports an image. @returns the package's sha256 and what was printed beside it. */
async function exported(text: string, ...args: string[]): Promise<{ sha256: string; stderr: string }> {
	const output = ["-o", "made.tgz", "-p", "linux/amd64", "--no-sign"];
	const { code, stderr } = await pvpkg("export", text, "app", ...output, ...args);
	expect(code, stderr).toBe(0);
	const sha256 = createHash("sha256")
		.update(readFileSync(place.path("made.tgz")))
		.digest("hex");
	return { sha256, stderr };
}

describe("export --as", () => {
	test("makes of copies of a layout, wherever they lie, the package of the registry", async () => {
		const wanted = await exported(online);
		expect(wanted.stderr).not.toContain(PATH_WARNING);
		for (const text of ["oci:here", "oci:other/place", "./here", "oci-archive:app.tar"]) {
			const { sha256, stderr } = await exported(text, "--as", online);
			expect(sha256, text).toBe(wanted.sha256);
			expect(stderr).not.toContain(PATH_WARNING);
		}
	});

	test("without it the path of a layout or an archive is in the package, which is warned of", async () => {
		const made = new Set<string>();
		for (const text of ["oci:here", "oci:other/place", "oci-archive:app.tar"]) {
			const { sha256, stderr } = await exported(text);
			expect(stderr).toContain(`${text}: name image: ${PATH_WARNING}`);
			expect(stderr).toContain("--as NAME[:TAG]");
			made.add(sha256);
		}
		expect(made.size).toBe(3);
	});

	test("gives an image of a registry another name", async () => {
		await exported(online, "--as", "example.com/app:2");
		const { stdout } = await pvpkg("inspect", "made.tgz", "--state", "--json");
		expect(JSON.parse(stdout).state["app/src.json"]).toMatchObject({
			docker_name: "example.com/app",
			docker_tag: "2",
			docker_digest: `example.com/app@${image.manifest.digest}`,
		});
	});

	test.each([
		["a digest", "oci:here", `app@${image.manifest.digest}`, "expected NAME[:TAG]"],
		["what is not a name", "oci:here", "App:1", "App:1"],
		["a root file system", "dir:tree", "app:1", "expected an image"],
	])("refuses %s", async (_, text, name, reason) => {
		mkdirSync(place.path("tree"), { recursive: true });
		const args = ["-o", "refused.tgz", "-p", "linux/amd64", "--no-sign", "--as", name];
		const { code, stderr } = await pvpkg("export", text, "app", ...args);
		expect(stderr).toContain(reason);
		expect(code).toBe(3);
	});
});

describe("install --as", () => {
	test("records the name that a registry has", async () => {
		const source = async (text: string, ...args: string[]): Promise<string> => {
			const { code, stderr } = await pvpkg("install", "--force", "-p", "linux/amd64", text, "app", ...args);
			expect(code, stderr).toBe(0);
			expect(stderr.includes(PATH_WARNING)).toBe(args.length === 0 && text !== online);
			return readFileSync(place.path("pvpkg/amd64/app/src.json"), "utf8");
		};
		const wanted = await source(online);
		expect(await source("oci:here", "--as", online)).toBe(wanted);
		expect(await source("oci:here")).not.toBe(wanted);
	});
});
