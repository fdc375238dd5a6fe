import { mkdirSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseInput } from "../../src/container/input.js";
import { type ContainerRequest, makeContainer } from "../../src/container/make.js";
import { describe as describeInput } from "../../src/container/manifest.js";
import { openInput } from "../../src/container/open.js";
import { contentBytes } from "../../src/ground/bytes/index.js";
import { jsonObject, type PlainJson, plainJson } from "../../src/ground/json/index.js";
import type { StateObject } from "../../src/pantavisor/package/index.js";
import type { SourceManifest } from "../../src/pantavisor/source/index.js";
import { AMD64, MemoryImages, RunPlace } from "../support/memory-run.js";
import { fakeImage } from "../support/packages.js";

let place: RunPlace;
let images: MemoryImages;
let digest: string;
beforeEach(() => {
	place = new RunPlace();
	images = new MemoryImages();
	digest = images.add();
});
afterEach(() => place.remove());

/** Makes a container of a src.json, whose image is opened when it is needed. */
function make(manifest: SourceManifest, request: Partial<ContainerRequest> = {}) {
	return place.run(place.settings(images), async (run) => {
		const container = await makeContainer(run, manifest, undefined, { name: "web", ...request });
		const conf = container.part.objects.get("web/lxc.container.conf");
		return { ...container, conf: conf && Buffer.from(contentBytes(conf)).toString() };
	});
}

const recorded = (more: SourceManifest = {}): SourceManifest => ({
	...{ dockerName: "reg/web", dockerTag: "1", dockerDigest: `reg/web@${digest}`, dockerSource: "remote" },
	...more,
});
const args = (members: Record<string, PlainJson>) => ({ args: jsonObject(members) });
const keys = ({
	documents,
	objects,
}: {
	documents: ReadonlyMap<string, unknown>;
	objects: ReadonlyMap<string, unknown>;
}) => [...documents.keys(), ...objects.keys()].sort();

describe("a container of a recorded image", () => {
	test("has its files, and the configuration of its image", async () => {
		const { part, manifest, conf } = await make(recorded());
		expect(keys(part)).toEqual([
			"web/lxc.container.conf",
			"web/root.squashfs",
			"web/root.squashfs.docker-digest",
			"web/run.json",
			"web/src.json",
		]);
		expect(plainJson(manifest.dockerConfig!)).toEqual({ Cmd: ["/bin/serve"] });
		expect(conf).toContain("/bin/serve");
	});

	test("keeps a configuration that src.json has", async () => {
		const { conf } = await make(recorded({ dockerConfig: jsonObject({ Cmd: ["/bin/mine"] }) }));
		expect(conf).toContain("/bin/mine");
	});

	test("asks for manifest and configuration once where src.json has no configuration", async () => {
		await make(recorded());
		expect(images.asked.filter((what) => what === "root")).toHaveLength(1);
		expect(new Set(images.asked).size).toBe(images.asked.length);
	});

	test("that is open already is not opened again", async () => {
		await place.run(place.settings(images), async (run) => {
			const opened = await openInput(run, parseInput("reg/web:1"), [AMD64]);
			const before = images.asked.length;
			const manifest = describeInput(opened, {});
			await makeContainer(run, manifest, opened, { name: "web" });
			expect(images.asked.slice(before).filter((what) => what === "root")).toEqual([]);
		});
	});

	test("needs an image to be recorded", async () => {
		const error = {
			code: "ERR_BUILD_SOURCE",
			message: "web/src.json: find image: expected docker_name or docker_digest",
		};
		await expect(make({})).rejects.toMatchObject(error);
		await expect(make({}, { subject: "pvpkg/amd64/web/src.json" })).rejects.toThrow(
			/^pvpkg\/amd64\/web\/src.json: /,
		);
	});
});

describe("every rule is applied, whatever the flow:", () => {
	test.each<[string, SourceManifest, string]>([
		[
			"an argument that nothing reads",
			args({ PV_GROPU: "app" }),
			"web: PV_GROPU: unknown: kept in src.json, without effect; PV_GROUP is known",
		],
		[
			"an argument like no other",
			args({ HELLO: "1" }),
			"web: HELLO: unknown: kept in src.json, without effect",
		],
		[
			"a mistyped member",
			{ unknown: jsonObject({ docker_plaform: "linux/arm" }) },
			"web/src.json: docker_plaform: unknown: kept, without effect; docker_platform is known",
		],
		[
			"another mistyped member",
			{ unknown: jsonObject({ persistance: {} }) },
			"web/src.json: persistance: unknown: kept, without effect; persistence is known",
		],
		[
			"a member like no other",
			{ unknown: jsonObject({ anything: 1 }) },
			"web/src.json: anything: unknown: kept, without effect",
		],
		[
			"a key that liblxc refuses",
			args({ PV_LXC_EXTRA_CONF: "lxc.init.groups = 1" }),
			"liblxc 3.0 refuses the key lxc.init.groups",
		],
	])("%s", async (_, more, message) => {
		const { findings } = await make(recorded(more));
		expect(place.messages.join("\n")).toContain(message);
		expect(findings.map(({ subject, message }) => `${subject}: ${message}`).join("\n")).toContain(message);
	});

	test("members that other tools add are theirs", async () => {
		await make(recorded({ unknown: jsonObject({ pv_build_origin: "yocto" }) }));
		expect(place.messages).toEqual([]);
	});

	test("what a device would deploy wrongly is refused", async () => {
		const files = new Map([["a\\b", { object: fakeImage() }]]);
		await expect(make(recorded(), { files })).rejects.toMatchObject({ code: "ERR_STATE" });
	});

	test("a finding is reported once in a run, and stays with each container", async () => {
		await place.run(place.settings(images), async (run) => {
			const manifest = recorded(args({ HELLO: "1" }));
			const first = await makeContainer(run, manifest, undefined, { name: "web" });
			const second = await makeContainer(run, manifest, undefined, { name: "web" });
			expect(first.findings).toHaveLength(1);
			expect(second.findings).toEqual(first.findings);
		});
		expect(place.messages.filter((message) => message.includes("HELLO"))).toHaveLength(1);
	});

	test("the program that an image lacks, also from the cache", async () => {
		const manifest = recorded({ dockerConfig: jsonObject({ Cmd: ["/bin/missing"] }) });
		const first = await make(manifest);
		expect(first.findings).toMatchObject([{ code: "IMAGE_PROGRAM" }]);
		place.messages.length = 0;
		expect((await make(manifest)).findings).toEqual(first.findings);
		expect(place.messages.join("\n")).toMatch(/bin\/missing/);
	});
});

describe("images that are good as they are", () => {
	const image = fakeImage();
	const reuse = (file: string, wanted: string | undefined): StateObject | undefined =>
		file === "root.squashfs" && wanted === `reg/web@${digest}` ? image : undefined;

	test("are taken, and nothing is opened", async () => {
		const manifest = recorded({ dockerConfig: jsonObject({ Cmd: ["/bin/serve"] }) });
		const { part, evidence } = await make(manifest, { reuse });
		expect(part.objects.get("web/root.squashfs")!.sha256).toBe(image.sha256);
		expect(evidence.images).toMatchObject([
			{ file: "root.squashfs", sha256: image.sha256, input: undefined },
		]);
		expect(images.asked).toEqual([]);
	});

	test("have the configuration looked up where src.json lacks it", async () => {
		const { conf } = await make(recorded(), { reuse });
		expect(conf).toContain("/bin/serve");
		expect(place.messages[0]).toMatch(/^note: web\/src\.json: has no docker_config; that of reg\/web@sha256/);
	});

	test("of another digest are not", async () => {
		const { part } = await make(recorded(), { reuse: () => undefined });
		expect(part.objects.get("web/root.squashfs")!.sha256).not.toBe(image.sha256);
	});

	test("stay where src.json names nothing to make them of", async () => {
		const manifest = { dockerConfig: jsonObject({ Cmd: ["/bin/serve"] }), pvr: "web.tgz#web" };
		const wanted: (string | undefined)[] = [];
		const { part } = await make(manifest, {
			reuse: (file, digest) => {
				wanted.push(`${file} ${digest}`);
				return file === "root.squashfs" ? image : undefined;
			},
		});
		expect(part.objects.get("web/root.squashfs")!.sha256).toBe(image.sha256);
		expect(part.objects.has("web/root.ovl.squashfs")).toBe(false);
		expect(wanted).toEqual(["root.squashfs undefined", "root.ovl.squashfs undefined"]);
	});
});

describe("a container on a base", () => {
	const base = { dockerDigest: "reg/base@sha256:1", dockerName: "reg/base" };
	const manifest = () => {
		const { dockerDigest, ...rest } = recorded({ base: "os" });
		return { ...rest, dockerOvlDigest: dockerDigest };
	};
	const below =
		(more: SourceManifest = {}, unchanged = false) =>
		() => ({
			manifest: { ...base, ...more },
			settle: async () => {
				const root = await make(recorded());
				return { image: root.part.objects.get("web/root.squashfs")!, unchanged };
			},
		});

	/** The base's image is open as long as its own run, so that it is made in the same one. */
	const makeOn = (request: (image: StateObject) => Partial<ContainerRequest>) =>
		place.run(place.settings(images), async (run) => {
			const root = await makeContainer(run, recorded(), undefined, { name: "os" });
			const image = root.part.objects.get("os/root.squashfs")!;
			return makeContainer(run, manifest(), undefined, { name: "web", ...request(image) });
		});

	test("has the difference alone, and docker_digest of the base", async () => {
		const { part, manifest } = await makeOn((image) => ({
			below: () => ({ manifest: base, settle: async () => ({ image, unchanged: false }) }),
		}));
		expect(keys(part).filter((key) => key.includes("squashfs"))).toEqual([
			"web/root.ovl.squashfs",
			"web/root.ovl.squashfs.docker-digest",
		]);
		expect(manifest.dockerDigest).toBe(base.dockerDigest);
	});

	test("finds its User in the base, and in its own files before that", async () => {
		const users = { "bin/serve": "serves", "etc/passwd": "web:x:1000:1001::/:\n" };
		digest = images.add({ files: users });
		const asked = { ...args({ PVPKG_IMAGE_USER: "1" }), config: jsonObject({ User: "web" }) };
		const own = async (files: Record<string, string>) =>
			place.run(
				place.settings((at) => images.at(at)),
				async (run) => {
					const root = await makeContainer(run, recorded(), undefined, { name: "os" });
					const image = root.part.objects.get("os/root.squashfs")!;
					const { dockerDigest: _, ...rest } = recorded({ base: "os", ...asked });
					const over = { ...rest, dockerOvlDigest: `reg/web@${images.add({ files })}` };
					const settle = async () => ({ image, unchanged: false });
					const request = { name: "web", below: () => ({ manifest: base, settle }) };
					const { part } = await makeContainer(run, over, undefined, request);
					return Buffer.from(contentBytes(part.objects.get("web/lxc.container.conf")!)).toString();
				},
			);
		expect(await own(users)).toContain("lxc.init.uid = 1000\nlxc.init.gid = 1001\n");
		expect(await own({ ...users, "etc/passwd": "web:x:5:6::/:\n" })).toContain("lxc.init.uid = 5\n");
		await expect(own({ "bin/serve": "serves" })).rejects.toMatchObject({ code: "ERR_ROOTFS_USER" });
	});

	test.each([true, false])(
		"keeps its overlay only over the base it was made on: unchanged %s",
		async (unchanged) => {
			const overlay = fakeImage();
			const { part } = await makeOn((image) => ({
				below: () => ({ manifest: base, settle: async () => ({ image, unchanged }) }),
				reuse: (file) => (file === "root.ovl.squashfs" ? overlay : undefined),
			}));
			expect(part.objects.get("web/root.ovl.squashfs")!.sha256 === overlay.sha256).toBe(unchanged);
		},
	);

	test.each<[string, Partial<ContainerRequest>]>([
		["that nobody has", {}],
		["that is itself", { name: "os", below: below() }],
		["without a digest", { below: below({ dockerDigest: undefined }) }],
		["that lies on another", { below: below({ base: "third" }) }],
	])("%s is refused", async (_, request) => {
		const error = {
			code: "ERR_BUILD_REQUEST",
			message: expect.stringContaining("without a base of its own"),
		};
		await expect(make(manifest(), request)).rejects.toMatchObject(error);
		expect(images.asked).toEqual([]);
	});
});

describe("a container that was patched", () => {
	test("has both images, the root of its own digest", async () => {
		const [root, patch] = [
			images.add({ files: { "etc/os": "1" } }),
			images.add({ files: { "etc/os": "2" } }),
		];
		const both = ({ kind }: { kind: string }) => (kind === "registry" ? images : undefined);
		const manifest = {
			...recorded({ dockerDigest: `reg/web@${root}`, dockerOvlDigest: `reg/web@${patch}` }),
			dockerConfig: jsonObject({ Cmd: [] }),
		};
		images.root = images.manifests.get(patch as never);
		const made = await place.run(place.settings(both), (run) =>
			makeContainer(run, manifest, undefined, {
				name: "web",
				reuse: (file, digest) =>
					file === "root.squashfs" && digest === `reg/web@${root}` ? fakeRoot : undefined,
			}).catch((error: unknown) => error as Error),
		);
		// The squashfs below is not an image that could be compared: it was taken as it is.
		expect(made).toMatchObject({ code: "ERR_SQUASHFS_FORMAT" });
	});
	const fakeRoot = fakeImage();
});

describe("dm-verity files", () => {
	const dmEnabled = new Map([["root.squashfs", true]]);
	const protect: ContainerRequest["protect"] = (file) => new Map([[`${file}.hash`, { object: fakeImage() }]]);

	test("are added where src.json has it switched on", async () => {
		const { part } = await make(recorded({ dmEnabled }), { protect });
		expect(part.objects.has("web/root.squashfs.hash")).toBe(true);
		expect((await make(recorded(), { protect })).part.objects.has("web/root.squashfs.hash")).toBe(false);
	});

	test("that come along stay", async () => {
		const files = new Map([["_dm/root.squashfs.json", { document: jsonObject({}) }]]);
		const { part } = await make(recorded({ dmEnabled }), { protect, files });
		expect(part.objects.has("web/root.squashfs.hash")).toBe(false);
		expect(part.documents.has("web/_dm/root.squashfs.json")).toBe(true);
	});
});

describe("a root file system", () => {
	test("has the digest of its image in src.json, and a note says where it was another", async () => {
		const rootfsUrl = place.path("rootfs");
		mkdirSync(rootfsUrl);
		const first = await make({ rootfsUrl, rootfsDigest: "sha256:old" });
		const { sha256 } = first.part.objects.get("web/root.squashfs")!;
		expect(first.manifest.rootfsDigest).toBe(`sha256:${sha256}`);
		const note = `note: web/src.json: rootfs_digest: sha256:old is now sha256:${sha256}`;
		expect(place.messages).toContain(note);
		place.messages.length = 0;
		await make({ rootfsUrl, rootfsDigest: `sha256:${sha256}` });
		expect(place.messages.filter((message) => message.includes("is now"))).toEqual([]);
	});

	test("lies on no base", async () => {
		const below: ContainerRequest["below"] = () => ({
			manifest: { dockerDigest: "a@sha256:1" },
			settle: async () => ({ image: fakeImage(), unchanged: false }),
		});
		const making = make({ rootfsUrl: place.path("tmp"), base: "os" }, { below });
		await expect(making).rejects.toThrow("expected an image (a root file system is a whole one)");
	});
});
