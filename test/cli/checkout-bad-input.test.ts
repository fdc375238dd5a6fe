import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DemoRegistry } from "../../fixtures/demo-registry.js";
import { sha256Hex } from "../../src/ground/bytes/index.js";
import { serveDemo, Workplace } from "../support/command-line.js";

let registry: DemoRegistry;
let place: Workplace;
beforeAll(async () => {
	registry = await serveDemo();
	place = new Workplace();
	mkdirSync(place.path("box"));
	for (const line of ["init", `app add web --type rootfs --from ${place.path("tmp")}`, "add", "commit"]) {
		expect(await run(...line.split(" "))).toMatchObject({ code: 0 });
	}
});
afterAll(async () => {
	await registry.close();
	place.remove();
});

const run = (...args: readonly string[]) => place.run(args, { cwd: place.path("box") });
const image = (): string => `${registry.host}/demo/app:1.0`;

/** Every file of the checkout with its bytes: what must not change. */
function snapshot(): string[] {
	return readdirSync(place.path("box"), { recursive: true, encoding: "utf8" })
		.sort()
		.map((name) => {
			const path = join(place.path("box"), name);
			return statSync(path).isFile() ? `${name} ${sha256Hex(readFileSync(path))}` : name;
		});
}

describe("what cannot be: exit code, message, and nothing changed", () => {
	test.each([
		["a container that is there", ["app", "add", "web", "--from", "IMAGE", "-p", "linux/mips"], 3, "--force"],
		["a name that leads out", ["app", "add", "../x", "--from", "IMAGE"], 3, "../x"],
		["a name that the importer stumbles over", ["app", "add", "include-x", "--from", "IMAGE"], 3, "include"],
		["no --from", ["app", "add", "x"], 2, "--from"],
		["an unknown type", ["app", "add", "x", "--type", "mcu", "--from", "IMAGE"], 2, "mcu"],
		[
			"a platform that the image lacks",
			["app", "add", "x", "--from", "IMAGE", "-p", "linux/s390x"],
			4,
			"s390x",
		],
		["several platforms", ["app", "add", "x", "--from", "IMAGE"], 2, "--platform"],
		[
			"a base that is not there",
			["app", "add", "x", "--from", "IMAGE", "-p", "linux/mips", "--base", "y"],
			3,
			"y",
		],
		[
			"a base for a root file system",
			["app", "add", "x", "-t", "rootfs", "--from", ".", "--base", "web"],
			2,
			"--base",
		],
		["--newbase with --patch", ["app", "update", "web", "--newbase", "--patch"], 2, "--patch"],
		["an update of nothing", ["app", "update", "x"], 3, "x"],
		["a part that is not in the package", ["app", "add", "x", "-t", "pvr", "--from", ".#y"], 3, "y"],
		[
			"a package that is none",
			["app", "add", "x", "-t", "pvr", "--from", "web/src.json#web"],
			3,
			"web/src.json",
		],
		["a removal of nothing", ["app", "rm", "x"], 3, "x"],
		["dm-convert without a volume", ["dm-convert", "web"], 2, "volume"],
		["dm-convert of a file that is not there", ["dm-convert", "web", "x.squashfs"], 4, "x.squashfs"],
		["dm-convert out of the checkout", ["dm-convert", "web", "../../key.pem"], 3, "../../key.pem"],
		["a volume that is not a whole number of blocks", ["dm-convert", "web", "src.json"], 3, "4096"],
		["sig add of nothing", ["sig", "add"], 2, "--part"],
		["sig add of a part that is not committed", ["sig", "add", "--part", "x"], 3, "x"],
		["a pattern without files", ["add", "nothing"], 4, "nothing"],
		["an import of something else", ["import", "web/src.json"], 3, "web/src.json"],
		["a second init", ["init"], 3, "already"],
	] as const)("%s", async (_, args, code, subject) => {
		const before = snapshot();
		const result = await run(...args.map((arg) => (arg === "IMAGE" ? image() : arg)));
		expect(result.stderr).toContain(subject);
		expect(result.code).toBe(code);
		expect(snapshot()).toEqual(before);
	});

	test.each(["status", "add", "commit", "diff", "checkout", "app ls", "sig ls", "dm-apply"])(
		"%s outside a checkout",
		async (command) => {
			mkdirSync(place.path("empty"), { recursive: true });
			const result = await place.run(command.split(" "), { cwd: place.path("empty") });
			expect(result.stderr).toContain(".pvr/json");
			expect(result.code).toBe(4);
			expect(readdirSync(place.path("empty"))).toEqual([]);
		},
	);
});
