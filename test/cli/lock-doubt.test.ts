import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Workplace } from "../support/command-line.js";
import { TestRegistry } from "../support/registry.js";
import { tarball } from "../support/tar-builder.js";
import { file } from "../support/tar-members.js";

const LOCK = "pvpkg.lock.json";
const PLATFORMS = [
	{ os: "linux", architecture: "amd64" },
	{ os: "linux", architecture: "arm", variant: "v7" },
];

let registry: TestRegistry;
let place: Workplace;
let key: string;
/** The lock as it was written. */
let fresh: string;

beforeAll(async () => {
	registry = await TestRegistry.start();
	key = `${registry.host}/team/app:1`;
	place = new Workplace();
	publish("team/app", "1", "first");
	await done("install", key, "web", "-p", "linux/amd64");
	await done("lock");
	await done("fetch", "-o", "images");
	fresh = readFileSync(place.path(LOCK), "utf8");
});
afterAll(async () => {
	await registry.close();
	place.remove();
});
beforeEach(() => {
	rmSync(place.path(LOCK), { force: true, recursive: true });
	writeFileSync(place.path(LOCK), fresh);
});

function publish(repository: string, tag: string, content: string): string {
	const images = PLATFORMS.map((platform) =>
		registry.addImage(repository, platform, [tarball(file("etc/app", content + platform.architecture))]),
	);
	return registry.addIndex(repository, tag, images).digest;
}

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
	return place.run(args, { env: { PVPKG_TIER: "fast", BUILD_VERSION: "1", ...env } });
}

async function done(...args: string[]): Promise<string> {
	const { code, stderr } = await run(args);
	expect(code, `${args.join(" ")}\n${stderr}`).toBe(0);
	return stderr;
}

async function refused(code: number, ...args: string[]): Promise<string> {
	const result = await run(args);
	expect(result.code, result.stderr).toBe(code);
	return result.stderr;
}

const BUILD = ["build", "--no-sign"];

describe("--from takes nothing from elsewhere", () => {
	test("without a lock, and for an image that the lock does not have", async () => {
		rmSync(place.path(LOCK));
		const before = registry.calls.length;
		expect(await refused(4, ...BUILD, "--from", "images")).toContain(`${LOCK}: read: not there`);
		writeFileSync(place.path(LOCK), '{"lockVersion":1,"images":{}}');
		expect(await refused(3, ...BUILD, "--from", "images")).toContain(`the lock has no image ${key}`);
		expect(registry.calls.length).toBe(before);
	});

	test("and --no-locked contradicts it, as it does --frozen", async () => {
		expect(await refused(2, ...BUILD, "--no-locked", "--from", "images")).toContain("--from takes only");
		expect(await refused(2, ...BUILD, "--no-locked", "--frozen")).toContain("--frozen takes only");
	});

	test("it is a layout or an archive of one, with or without a prefix", async () => {
		await done("fetch", "-o", "oci-archive:images.tar");
		for (const from of ["images", "oci:images", "images.tar", "oci-archive:images.tar"]) {
			await done(...BUILD, "--frozen", "--no-cache", "--from", from);
		}
	});
});

test("a directory that is no layout says what makes it one", async () => {
	mkdirSync(place.path("none"), { recursive: true });
	const stderr = await refused(3, ...BUILD, "--frozen", "--no-cache", "--from", "none");
	expect(stderr).toContain('"pvpkg fetch -o none" fetches it');
});

test("a damaged blob of --from is reported with the layout, the digest and what is there instead", async () => {
	const blobs = place.path("images/blobs/sha256");
	const damaged: string[] = [];
	for (const hex of readdirSync(blobs)) {
		const whole = readFileSync(join(blobs, hex));
		const other = Buffer.from(whole);
		// The name of a file in a layer: its checksum is wrong before the digest is known.
		other[10]! ^= 0x01;
		writeFileSync(join(blobs, hex), other);
		const { code, stderr } = await run([...BUILD, "--frozen", "--no-cache", "--from", "images"]);
		writeFileSync(join(blobs, hex), whole);
		if (code === 0) continue;
		expect(code, stderr).toBe(3);
		expect(stderr).toContain(`images: check digest: the `);
		expect(stderr).toContain(
			`expected sha256:${hex}, got sha256:${createHash("sha256").update(other).digest("hex")}`,
		);
		damaged.push(hex);
	}
	// A build reads the index, the manifest of its platform, its configuration and its layer.
	expect(damaged).toHaveLength(4);
});

describe("a lock that is a link does not belong to this project", () => {
	test.each(["absent", "images/index.json"])("%s", async (target) => {
		rmSync(place.path(LOCK));
		symlinkSync(place.path(target), place.path(LOCK));
		for (const command of [BUILD, ["repro"], ["lock"], ["lock", "--check"]]) {
			const { code, stderr } = await run(command, { CI: "true" });
			expect(code, stderr).toBe(3);
			expect(stderr).toContain(`${LOCK}: open: is a symbolic link`);
		}
	});
});

test("a lock that is named has to be there", async () => {
	const args = ["export", key, "web", "-p", "linux/amd64", "--no-sign", "-o", "out.tgz"];
	expect(await refused(4, ...args, "--lock", "absent.json")).toContain("absent.json: read: not there");
});

test("members that nobody knows are named once, and change nothing", async () => {
	const future = fresh.replace('"layers"', '"future": 1, "layers"');
	writeFileSync(place.path(LOCK), future);
	const named = `warning: ${LOCK}: images: ${key}: platforms: linux/amd64: future: read: this version of pvpkg does not`;
	expect((await done(...BUILD)).split(named).length).toBe(2);
	await done("lock", "--check");
	expect(readFileSync(place.path(LOCK), "utf8")).toBe(future);
});

describe("what a lock states of an image has to be so, though its digest decides", () => {
	type Entry = Record<string, { size: number; digest: string }> & {
		layers: { size: number; digest: string; diffId: string }[];
	};
	const other = `sha256:${"0".repeat(64)}`;
	test.each<[string, (entry: Entry) => void, string]>([
		[
			"another layer",
			({ layers }) => Object.assign(layers[0]!, { digest: other }),
			"layer 1: expected sha256:",
		],
		["another size", ({ layers }) => Object.assign(layers[0]!, { size: 1 }), "got sha256:"],
		["another content of a layer", ({ layers }) => Object.assign(layers[0]!, { diffId: other }), "unpacked"],
		["a layer less", ({ layers }) => layers.pop(), "layer 1: expected sha256:"],
		["a layer more", ({ layers }) => layers.push(layers[0]!), "layer 2: expected none"],
		["another configuration", ({ config }) => Object.assign(config!, { digest: other }), "configuration:"],
		["another size of the manifest", ({ manifest }) => Object.assign(manifest!, { size: 1 }), "manifest:"],
	])("%s", async (_, change, message) => {
		const lock = JSON.parse(fresh);
		change(lock.images[key].platforms["linux/amd64"]);
		writeFileSync(place.path(LOCK), JSON.stringify(lock));
		const stderr = await refused(3, ...BUILD, "--frozen");
		expect(stderr).toContain(`${LOCK}: ${key}: linux/amd64: check: `);
		expect(stderr).toContain(message);
		expect(stderr).toContain(`("pvpkg lock --update ${key}" looks it up)`);
	});

	test("the index that an image is said to be of names it", async () => {
		const lock = JSON.parse(fresh);
		const digest = publish("team/app", "other", "other");
		Object.assign(lock.images[key], { image: `${key}@${digest}`, resolved: digest });
		writeFileSync(place.path(LOCK), JSON.stringify(lock));
		for (const command of [BUILD, ["fetch"]]) {
			expect(
				await refused(3, ...command, "--no-cache", ...(command === BUILD ? ["--locked"] : ["-o", "x"])),
			).toContain(`expected an image of the index ${digest}`);
		}
	});
});

test("lock --check and --dry-run do not pass over what they would leave undone", async () => {
	expect(await refused(2, "lock", "--check", "--update")).toContain(
		"--check: expected it alone, got --update",
	);
	expect(await refused(2, "lock", "--check", key)).toContain("--check: expected it alone, got IMAGE");
	expect(await refused(2, "lock", "--outputs", "--dry-run")).toContain(
		"--dry-run: expected it without --outputs",
	);
});

describe("lock --update", () => {
	test("renews what was locked by name, too", async () => {
		const extra = `${registry.host}/team/tool:1`;
		publish("team/tool", "1", "old");
		await done("lock", extra, "-p", "linux/arm/v7");
		const digest = publish("team/tool", "1", "new");
		await done("lock");
		expect(readFileSync(place.path(LOCK), "utf8")).not.toContain(digest);
		await done("lock", "--update");
		expect(readFileSync(place.path(LOCK), "utf8")).toContain(`${extra}@${digest}`);
	});

	test("a changed tag and digest of what was locked by name is reported, and recorded", async () => {
		const extra = `${registry.host}/team/tool`;
		publish("team/tool", "1", "old");
		await done("lock", `${extra}:1`, "-p", "linux/arm/v7");
		const digest = publish("team/tool", "2", "newer");
		const text = readFileSync(place.path(LOCK), "utf8");
		const bumped = text.replace(
			new RegExp(`"image": "${extra}:1@sha256:[0-9a-f]{64}"`),
			`"image": "${extra}:2@${digest}"`,
		);
		expect(bumped).not.toBe(text);
		writeFileSync(place.path(LOCK), bumped);
		expect(await refused(3, "lock", "--check")).toContain(`${extra}:1: image is ${extra}:2@${digest}`);
		await done("lock");
		await done("lock", "--check");
		expect(Object.keys(JSON.parse(readFileSync(place.path(LOCK), "utf8")).images)).toContain(`${extra}:2`);
	});

	test("a name that is neither in the lock nor in the project is an error", async () => {
		const stderr = await refused(3, "lock", "--update", "nosuch:1");
		expect(stderr).toContain(`${LOCK}: update: expected a name as the lock has it, got nosuch:1`);
		expect(stderr).toContain(key);
	});
});

test("an edit that somebody makes while images are looked up is not lost", async () => {
	const edited = fresh.replace('"lockVersion": 1,', '"lockVersion": 1,\n  "note": "mine",');
	publish("team/late", "1", "late");
	registry.script(
		/\/team\/late\/manifests\/1$/,
		() => {
			writeFileSync(place.path(LOCK), edited);
			return false;
		},
		1,
	);
	const stderr = await refused(3, "lock", `${registry.host}/team/late:1`, "-p", "linux/amd64");
	expect(stderr).toContain(`${LOCK}: write: it was changed while the images were looked up, run it again`);
	expect(readFileSync(place.path(LOCK), "utf8")).toBe(edited);
});

test("provenance names the lock that was read, even if somebody edits it during the build", async () => {
	mkdirSync(place.path("out"), { recursive: true });
	const args = ["--no-cache", "--locked", "--provenance", "--attestation-form", "statement"];
	registry.script(
		/\/team\/app\/blobs\//,
		() => {
			writeFileSync(
				place.path(LOCK),
				fresh.replace('"lockVersion": 1,', '"lockVersion": 1,\n  "note": "mine",'),
			);
			return false;
		},
		1,
	);
	await done(...BUILD, ...args, "--evidence-dir", "out");
	const text = readFileSync(place.path("out/web-v0.0.1-1.amd64.tgz.provenance.intoto.json"), "utf8");
	const sha256 = createHash("sha256").update(fresh).digest("hex");
	expect(JSON.parse(text).predicate.buildDefinition.internalParameters.lock).toBe(`sha256:${sha256}`);
});
