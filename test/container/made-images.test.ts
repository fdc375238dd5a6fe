import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseInput } from "../../src/container/input.js";
import { openInput } from "../../src/container/open.js";
import { makeOverlayImage } from "../../src/container/overlay-image.js";
import type { MadeImage, Ports, TreeObserver } from "../../src/container/ports.js";
import { makeRootImage } from "../../src/container/root-image.js";
import type { RunSettings } from "../../src/container/settings.js";
import { bufferContent, contentBytes } from "../../src/ground/bytes/index.js";
import { jsonObject, type PlainJson } from "../../src/ground/json/index.js";
import { parsePlatform } from "../../src/image/oci/index.js";
import type { SourceManifest } from "../../src/pantavisor/source/index.js";
import { MemoryImages, RunPlace, type SmallImage } from "../support/memory-run.js";

let place: RunPlace;
beforeEach(() => {
	place = new RunPlace();
});
afterEach(() => place.remove());

interface Made {
	readonly image?: SmallImage;
	readonly manifest?: SourceManifest;
	readonly settings?: Partial<RunSettings>;
	readonly ports?: Ports;
	readonly platform?: string;
	/** What the container has to run on, where it is another platform than the requested one. */
	readonly device?: string;
}

const CONFIG = { Cmd: ["/bin/serve"] };
const config = (members: Record<string, PlainJson>) => ({ dockerConfig: jsonObject(members) });

/** Makes a root image, and says whether it came from the cache. */
async function make(made: Made = {}) {
	const { image: small = {}, manifest = config(CONFIG), settings, ports, platform, device } = made;
	const images = new MemoryImages();
	images.add(small);
	place.messages.length = 0;
	const platforms = platform === undefined ? undefined : [parsePlatform(platform)];
	const result = await place.run(
		place.settings(images, settings),
		async (run) => {
			const opened = await openInput(run, parseInput("web"), platforms);
			const on = device === undefined ? opened : { ...opened, device: parsePlatform(device) };
			const image = await makeRootImage(run, on, manifest);
			// The file is closed with the run.
			return { ...image, content: bufferContent(Buffer.from(contentBytes(image.content))) };
		},
		ports,
	);
	const cached = place.messages.some((message) => message.endsWith("root.squashfs: from cache"));
	return { ...result, cached };
}

describe("an image is found again", () => {
	test("with the same inputs", async () => {
		expect(await make()).toMatchObject({ cached: false });
		expect(await make()).toMatchObject({ cached: true });
	});

	test.each<[string, Made]>([
		[
			"the arguments that only render",
			{ manifest: { ...config(CONFIG), args: jsonObject({ PV_GROUP: "app" }) } },
		],
		["the volumes", { manifest: { ...config(CONFIG), persistence: new Map([["/data", "permanent"]]) } }],
		["where it came from", { manifest: { ...config(CONFIG), dockerName: "other", dockerTag: "2" } }],
		["the number of workers", { settings: { jobs: 1 } }],
	])("whatever %s", async (_, other) => {
		await make();
		expect(await make(other)).toMatchObject({ cached: true });
	});

	test("not without a place to keep it", async () => {
		const settings = { cacheDirectory: undefined };
		await make({ settings });
		expect(await make({ settings })).toMatchObject({ cached: false });
	});
});

describe("an image is made again for another", () => {
	const own = (time: string): Made => ({
		manifest: { ...config(CONFIG), formatOptions: `-mkfs-time ${time}` },
	});
	const env = (...Env: string[]) => config({ ...CONFIG, Env });
	test.each<[string, Made, Made?]>([
		["layer", { image: { files: { "bin/serve": "other" } } }],
		["time", { settings: { time: 1 } }],
		["time, where the format has its own", { ...own("5"), settings: { time: 1 } }, own("5")],
		["device", { device: "linux/amd64/v3" }, { device: "linux/amd64/v2" }],
		[
			"platform that was asked for, on one device",
			{ device: "linux/amd64", platform: "linux/amd64/v2" },
			{ device: "linux/amd64", platform: "linux/amd64" },
		],
		["limit of times", { settings: { maximumTime: 1 } }],
		["treatment of qemu", { settings: { stripQemu: false } }],
		["tier", { settings: { tier: "balanced" } }],
		["order", { settings: { order: "tree" } }],
		["block size", { manifest: { ...config(CONFIG), formatOptions: "-b 65536" } }],
		["compressor", { manifest: { ...config(CONFIG), formatOptions: "-comp gzip" } }],
		["exclude", { manifest: { ...config(CONFIG), formatOptions: "-e bin" } }],
		["platform that was asked for", { platform: "linux/amd64/v2" }, { platform: "linux/amd64" }],
		[
			"platform that the image says it is for",
			{ platform: "linux/arm/v7", image: { platform: parsePlatform("linux/arm/v6") } },
			{ platform: "linux/arm/v7", image: { platform: parsePlatform("linux/arm/v7") } },
		],
		["leave to mismatch", { settings: { allowArchMismatch: true } }],
		["Cmd", { manifest: config({ Cmd: ["/bin/other"] }) }],
		["Entrypoint", { manifest: config({ ...CONFIG, Entrypoint: ["/bin/serve"] }) }],
		["PATH", { manifest: env("PATH=/opt") }, { manifest: env("PATH=/usr") }],
		["WorkingDir", { manifest: config({ ...CONFIG, WorkingDir: "/srv" }) }],
		["config over the image's", { manifest: { ...config(CONFIG), config: jsonObject({ Cmd: ["/bin/x"] }) } }],
		[
			"container, which only is mounted",
			{ manifest: { ...config(CONFIG), args: jsonObject({ PV_STATUS_GOAL: "MOUNTED" }) } },
		],
	])("%s", async (_, other, one = {}) => {
		await make(one);
		expect(await make(other)).toMatchObject({ cached: false });
		expect(await make(one)).toMatchObject({ cached: true });
		expect(await make(other)).toMatchObject({ cached: true });
	});

	test("base below an overlay, and for nothing else of it", async () => {
		const images = new MemoryImages();
		images.add();
		const overlay = (base: MadeImage) =>
			place.run(place.settings(images), async (run) => {
				const opened = await openInput(run, parseInput("web"), undefined);
				if (opened.kind !== "image") throw new Error("expected an image");
				return makeOverlayImage(run, opened, config(CONFIG), { ...base.content, sha256: base.sha256 });
			});
		const [one, other] = [await make(), await make({ image: { files: { "etc/os": "2" } } })];
		const [first, second] = [await overlay(one), await overlay(other)];
		expect(first.sha256).not.toBe(second.sha256);
		expect(place.messages.filter((message) => message.includes("from cache"))).toEqual([]);
		expect((await overlay(one)).sha256).toBe(first.sha256);
		expect(place.messages).toContain("note: linux/amd64: root.ovl.squashfs: from cache");
	});
});

describe("what was found while an image was made", () => {
	const manifest = config({ Cmd: ["/bin/missing"] });

	test("is found again with it", async () => {
		const first = await make({ manifest });
		expect(first.findings).toMatchObject([{ code: "IMAGE_PROGRAM", subject: "linux/amd64" }]);
		const second = await make({ manifest });
		expect(second).toMatchObject({ cached: true, findings: first.findings });
	});
});

/** Changes every record of the store. */
function changeRecords(change: (text: string) => string): void {
	const records = readdirSync(place.path("cache"), { recursive: true, encoding: "utf8" }).filter((path) =>
		/(^|\/)records\/[0-9a-f]{64}$/.test(path),
	);
	expect(records.length).toBeGreaterThan(0);
	for (const path of records) {
		const file = join(place.path("cache"), path);
		writeFileSync(file, change(readFileSync(file, "utf8")));
	}
}

describe("a record that cannot be used is none:", () => {
	test.each<[string, (text: string) => string]>([
		["empty", () => ""],
		["cut off", (text) => text.slice(0, 40)],
		["no JSON", () => "sha256:0 12"],
		["another document", () => "[]"],
		["a digest of another form", (text) => text.replace(/"sha256":"./, '"sha256":"X')],
		["a negative size", (text) => text.replace(/"size":/, '"size":-')],
		["another size", (text) => text.replace(/"size":(\d+)/, (_, size) => `"size":${Number(size) + 1}`)],
		["a severity of another program", (text) => text.replace('"warning"', '"fatal"')],
		["findings of another form", (text) => text.replace('"findings":[', '"findings":[1,')],
		["observations of another form", (text) => text.replace('"observations":{}', '"observations":[]')],
	])("%s", async (_, change) => {
		const manifest = config({ Cmd: ["/bin/missing"] });
		const first = await make({ manifest });
		changeRecords(change);
		expect(await make({ manifest })).toMatchObject({ cached: false, sha256: first.sha256 });
		expect(await make({ manifest })).toMatchObject({ cached: true });
	});

	test("of an image whose bytes are damaged", async () => {
		const { sha256 } = await make();
		const blob = readdirSync(place.path("cache"), { recursive: true, encoding: "utf8" }).find((path) =>
			path.endsWith(`sha256/${sha256}`),
		)!;
		const bytes = readFileSync(join(place.path("cache"), blob));
		bytes[200]! ^= 1;
		writeFileSync(join(place.path("cache"), blob), bytes);
		expect(await make()).toMatchObject({ cached: false, sha256 });
	});
});

describe("an observer", () => {
	const seen: string[] = [];
	const observer = (key: string): TreeObserver => ({
		key,
		observe(tree, { file, subject }) {
			seen.push(`${subject} ${file}`);
			return [...tree.root.entries.keys()].sort();
		},
	});
	beforeEach(() => {
		seen.length = 0;
	});

	test("sees a tree once, and what it said is found again", async () => {
		const ports = { observer: observer("one") };
		const first = await make({ ports });
		expect(first.observations.get("one")).toContain("bin");
		expect(await make({ ports })).toMatchObject({ cached: true, observations: first.observations });
		expect(seen).toEqual(["linux/amd64 root.squashfs"]);
	});

	test("sees the tree of an image that was made without it, and the image stays", async () => {
		const { sha256 } = await make();
		const again = await make({ ports: { observer: observer("one") } });
		expect(again).toMatchObject({ cached: true, sha256 });
		expect(again.observations.get("one")).toContain("bin");
		await make({ ports: { observer: observer("two") } });
		await make({ ports: { observer: observer("one") } });
		expect(seen).toHaveLength(2);
	});

	test("sees nothing that the format options leave out", async () => {
		const manifest = { ...config({ Cmd: [] }), formatOptions: "-e bin" };
		const made = await make({ manifest, ports: { observer: observer("one") } });
		expect(made.observations.get("one")).not.toContain("bin");
	});

	test("of an overlay sees base and overlay together", async () => {
		const images = new MemoryImages();
		images.add();
		const observe = async () => {
			const base = await make();
			return place.run(
				place.settings(images),
				async (run) => {
					const opened = await openInput(run, parseInput("web"), undefined);
					if (opened.kind !== "image") throw new Error("expected an image");
					return makeOverlayImage(run, opened, config(CONFIG), { ...base.content, sha256: base.sha256 });
				},
				{ observer: observer("one") },
			);
		};
		expect((await observe()).observations.get("one")).toContain("bin");
		expect((await observe()).observations.get("one")).toContain("bin");
		expect(seen).toEqual(["linux/amd64 root.ovl.squashfs"]);
	});
});

describe("a shared cache", () => {
	test("is asked for what is not here, and what it receives is found again", async () => {
		const other = await make({ image: { files: { "bin/serve": "from elsewhere" } } });
		const bytes = Buffer.from(contentBytes(other.content));
		const keys: string[] = [];
		const cache: Ports["cache"] = {
			obtain(key, here) {
				keys.push(key);
				return here.receive(
					{ ...other },
					(async function* () {
						yield bytes.subarray(0, 100);
						yield bytes.subarray(100);
					})(),
				);
			},
		};
		const settings = { cacheDirectory: place.path("second") };
		expect(await make({ settings, ports: { cache } })).toMatchObject({ sha256: other.sha256, cached: false });
		expect(await make({ settings, ports: { cache } })).toMatchObject({ sha256: other.sha256, cached: true });
		expect(keys).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
	});

	test("may have an image made here", async () => {
		const cache: Ports["cache"] = { obtain: (_, here) => here.make() };
		const made = await make({ ports: { cache }, settings: { cacheDirectory: place.path("second") } });
		expect(made.sha256).toBe((await make()).sha256);
	});

	test.each([
		["other bytes", (bytes: Buffer) => Buffer.from(bytes.map((byte, i) => (i === 9 ? byte ^ 1 : byte)))],
		["fewer bytes", (bytes: Buffer) => bytes.subarray(0, -1)],
		["more bytes", (bytes: Buffer) => Buffer.concat([bytes, bytes])],
	])("cannot bring %s", async (_, change) => {
		const other = await make();
		const bytes = change(Buffer.from(contentBytes(other.content)));
		const cache: Ports["cache"] = {
			obtain: (_key, here) =>
				here.receive(
					{ ...other },
					(async function* () {
						yield bytes;
					})(),
				),
		};
		const settings = { cacheDirectory: place.path("second") };
		await expect(make({ settings, ports: { cache } })).rejects.toMatchObject({ code: "ERR_OBJECT_DIGEST" });
		expect((await make({ settings })).sha256).toBe(other.sha256);
	});

	test("is not asked where nothing could be found again", async () => {
		const cache: Ports["cache"] = { obtain: () => Promise.reject(new Error("asked")) };
		const directory = place.path("tmp");
		await place.run(
			place.settings(new MemoryImages()),
			async (run) =>
				makeRootImage(run, await openInput(run, parseInput(`dir:${directory}`), undefined), config(CONFIG)),
			{ cache },
		);
	});
});
