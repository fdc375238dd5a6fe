import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ImageSource, parsePlatform, resolveImages } from "../../../src/image/oci/index.js";
import {
	openDockerArchive,
	openOciArchive,
	openOciLayout,
	type SourceContext,
} from "../../../src/image/sources/index.js";
import { flatDockerMembers, oldDockerMembers } from "../../support/docker-archive.js";
import { layoutFiles, sampleImage } from "../../support/image-layout.js";
import { type TarHeader, tarball } from "../../support/tar-builder.js";
import { repeatMember, zipFile } from "../../support/zip-file.js";

let directory: string;
let context: SourceContext;

beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "archives-"));
	context = { temporaryDirectory: join(directory, "tmp") };
	mkdirSync(context.temporaryDirectory);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const AMD64 = parsePlatform("linux/amd64");
const NAME = "org.opencontainers.image.ref.name";
const one = sampleImage("one");
const two = sampleImage("two");
const ociTar = tarball(
	...[...layoutFiles([{ image: one, annotations: { [NAME]: "v1" } }])].map(([path, body]) => ({
		path,
		body,
	})),
);
const dockerTar = tarball(...oldDockerMembers([{ image: one, tags: ["app:1"] }]));

function save(name: string, bytes: Uint8Array): string {
	writeFileSync(join(directory, name), bytes);
	return join(directory, name);
}

async function layersOf(opening: Promise<ImageSource>): Promise<Buffer[]> {
	const source = await opening;
	try {
		const [image] = await resolveImages(source, [AMD64], { policy: "exact" });
		const layers: Buffer[] = [];
		for (const layer of image!.layers) {
			const chunks: Uint8Array[] = [];
			for await (const chunk of layer.open()) chunks.push(chunk);
			layers.push(Buffer.concat(chunks));
		}
		return layers;
	} finally {
		await source.close();
		// Nothing is left behind, whatever happened.
		const left = readdirSync(directory, { recursive: true, encoding: "utf8" });
		expect(left.filter((name) => name.includes(".pvpkg"))).toEqual([]);
	}
}

const oci = (path: string, tag?: string): Promise<Buffer[]> => layersOf(openOciArchive(path, tag, context));
const docker = (path: string, tag?: string): Promise<Buffer[]> =>
	layersOf(openDockerArchive(path, tag, context));

describe("oci-archive", () => {
	test.each([
		["a tar", async () => ociTar],
		["a gzip'ed tar", async () => gzipSync(ociTar)],
		[
			"a zip that stores it",
			() => zipFile({ "out/app.tar": ociTar, "out/log.txt": Buffer.of(1) }, { stored: true }),
		],
		["a zip that deflates it", () => zipFile({ "out/app.tar": ociTar, "README.md": Buffer.of(1) })],
		["a zip64", () => zipFile({ "app.tar": ociTar }, { zip64: true })],
		["a zip of a gzip'ed tar", () => zipFile({ "app.tar.gz": gzipSync(ociTar) }, { stored: true })],
	])("is read from %s", async (_name, bytes) => {
		const path = save("archive", await bytes());
		expect(await oci(path)).toEqual(one.layers);
		expect(await oci(path, "v1")).toEqual(one.layers);
	});

	test("is read from standard input", async () => {
		async function* pieces(): AsyncGenerator<Uint8Array> {
			for (let at = 0; at < ociTar.length; at += 777) yield ociTar.subarray(at, at + 777);
		}
		context = { ...context, standardInput: pieces() };
		expect(await oci("-")).toEqual(one.layers);
	});

	test("of several in a zip one has to be named", async () => {
		const path = save("build.zip", await zipFile({ "a/x.tar": ociTar, "b/y.tar": ociTar }));
		await expect(oci(path)).rejects.toMatchObject({
			code: "ERR_IMAGE_AMBIGUOUS",
			message: expect.stringContaining("a/x.tar, b/y.tar"),
		});
		expect(await oci(`${path}//b/y.tar`)).toEqual(one.layers);
		await expect(oci(`${path}//c.tar`)).rejects.toMatchObject({ code: "ERR_IMAGE_NOT_FOUND" });
	});

	test("a layout's directory in a zip is a layout", async () => {
		const files = [...layoutFiles([{ image: one }])].map(([name, bytes]): [string, Buffer] => [
			`oci/${name}`,
			bytes,
		]);
		for (const stored of [true, false]) {
			const path = save("build.zip", await zipFile(Object.fromEntries(files), { stored }));
			expect(await layersOf(openOciLayout(path, undefined, context))).toEqual(one.layers);
			expect(await layersOf(openOciLayout(`${path}//oci`, undefined, context))).toEqual(one.layers);
		}
	});
});

describe("docker-archive", () => {
	test("old: layers in directories, repeated ones as links", async () => {
		const path = save(
			"old.tar",
			tarball(
				...oldDockerMembers([
					{ image: one, tags: ["app:1", "docker.io/library/app:latest"] },
					{ image: one, tags: ["reg.example:5000/team/app:2"] },
					{ image: two, tags: null },
				]),
			),
		);
		expect(await docker(path, "app:1")).toEqual(one.diffs);
		expect(await docker(path, "app")).toEqual(one.diffs);
		expect(await docker(path, "reg.example:5000/team/app:2")).toEqual(one.diffs);
		expect(await docker(path, "@2")).toEqual(two.diffs);
		await expect(docker(path)).rejects.toMatchObject({
			code: "ERR_IMAGE_AMBIGUOUS",
			message: expect.stringContaining(
				"app:1, docker.io/library/app:latest; reg.example:5000/team/app:2; @2",
			),
		});
		await expect(docker(path, "app:9")).rejects.toMatchObject({ code: "ERR_IMAGE_NOT_FOUND" });
	});

	test("new: layers under their digests, compressed or not", async () => {
		const compressed = save("a.tar", tarball(...flatDockerMembers({ image: one, tags: ["a:1"] })));
		expect(await docker(compressed)).toEqual(one.layers);
		const plain = save("b.tar", tarball(...flatDockerMembers({ image: one }, one.diffs)));
		expect(await docker(plain)).toEqual(one.diffs);
	});

	test("a layer that is a hard link to another is that one", async () => {
		const [first, ...others] = oldDockerMembers([{ image: one }]).filter(({ body }) => body !== one.diffs[0]);
		const linked = [
			{ path: "layers/base.tar", body: one.diffs[0]! },
			{ path: "0-0/layer.tar", type: "1", link: "layers/base.tar" },
		];
		expect(await docker(save("hard.tar", tarball(first!, ...linked, ...others)))).toEqual(one.diffs);
	});

	test("the manifest that is made does not depend on names and order", async () => {
		const digests = await Promise.all(
			[oldDockerMembers([{ image: one, tags: ["x:1"] }]), flatDockerMembers({ image: one }, one.diffs)].map(
				async (members, at) => {
					const source = await openDockerArchive(save(`${at}.tar`, tarball(...members)), undefined, context);
					const { descriptor } = await source.fetchManifest();
					await source.close();
					return descriptor.digest;
				},
			),
		);
		expect(digests[0]).toBe(digests[1]);
	});

	test("is read from a zip", async () => {
		expect(await docker(save("a.zip", await zipFile({ "image.tar": dockerTar })))).toEqual(one.diffs);
	});
});

describe("bad archives", () => {
	const withoutLayers = () =>
		JSON.stringify([{ Config: `${one.config.digest.slice(7)}.json`, RepoTags: null, Layers: [] }]);
	const without = (path: string): TarHeader[] =>
		oldDockerMembers([{ image: one }]).filter((member) => member.path !== path);
	const replaced = (path: string, change: Partial<TarHeader>): TarHeader[] =>
		oldDockerMembers([{ image: one }]).map((member) =>
			member.path === path ? { ...member, ...change } : member,
		);

	test.each([
		["no manifest", without("manifest.json"), "ERR_SOURCE_FORMAT"],
		["a manifest that is none", replaced("manifest.json", { body: '[{"Config":1}]' }), "ERR_SOURCE_FORMAT"],
		["bad JSON", replaced("manifest.json", { body: "[" }), "ERR_JSON_SYNTAX"],
		["no image", replaced("manifest.json", { body: "[]" }), "ERR_IMAGE_NOT_FOUND"],
		["fewer layers than diff_ids", replaced("manifest.json", { body: withoutLayers() }), "ERR_SOURCE_FORMAT"],
		["no configuration", without(`${one.config.digest.slice(7)}.json`), "ERR_BLOB_MISSING"],
		["no layer", without("0-1/layer.tar"), "ERR_BLOB_MISSING"],
		["another layer", replaced("0-0/layer.tar", { body: two.diffs[0]! }), "ERR_BLOB_DIGEST"],
		[
			"a layer that links out of the archive",
			replaced("0-0/layer.tar", { type: "2", link: "../../../../etc/passwd", body: "" }),
			"ERR_BLOB_MISSING",
		],
		[
			"a layer that links to itself",
			replaced("0-0/layer.tar", { type: "2", link: "layer.tar", body: "" }),
			"ERR_BLOB_MISSING",
		],
		["a layer beyond the end", replaced("0-1/layer.tar", { size: 2 ** 32 }), "ERR_TAR_TRUNCATED"],
	])("docker-archive with %s", async (_name, members, code) => {
		await expect(docker(save("bad.tar", tarball(...members)))).rejects.toMatchObject({ code });
	});

	test.each([
		["truncated in a member", () => ociTar.subarray(0, 3000), "ERR_TAR_TRUNCATED"],
		["truncated gzip", () => gzipSync(ociTar).subarray(0, 900), "ERR_LAYER_DATA"],
		["no tar", () => Buffer.from("x".repeat(2000)), "ERR_TAR_HEADER"],
		["empty", () => Buffer.alloc(0), "ERR_SOURCE_FORMAT"],
		[
			"100,000 tiny members",
			() =>
				Buffer.concat([...Array(100_000).fill(tarball({ path: "a" }).subarray(0, 512)), Buffer.alloc(1024)]),
			"ERR_TAR_LIMIT",
		],
	])("oci-archive that is %s", async (_name, bytes, code) => {
		const path = save("bad.tar", bytes());
		await expect(oci(path)).rejects.toMatchObject({ code, message: expect.stringContaining(path) });
	});

	test("what is not there is said", async () => {
		await expect(oci(join(directory, "none.tar"))).rejects.toMatchObject({ code: "ERR_FILE_NOT_FOUND" });
		await expect(oci(directory)).rejects.toMatchObject({ code: "ERR_FILE_KIND" });
	});
});

describe("what an archive may unpack to", () => {
	const sizes = [...layoutFiles([{ image: one }])].map(([, body]) => body.length);
	const layoutZip = (): Promise<Buffer> => zipFile(Object.fromEntries(layoutFiles([{ image: one }])));
	async function* input(): AsyncGenerator<Uint8Array> {
		yield ociTar;
	}
	const opening: readonly [string, number, (path: string) => Promise<ImageSource>, () => Promise<Buffer>][] =
		[
			[
				"a gzip'ed tar",
				ociTar.length,
				(path) => openOciArchive(path, undefined, context),
				async () => gzipSync(ociTar),
			],
			[
				"a docker archive",
				dockerTar.length,
				(path) => openDockerArchive(path, undefined, context),
				async () => gzipSync(dockerTar),
			],
			[
				"a member of a zip",
				ociTar.length,
				(path) => openOciArchive(path, undefined, context),
				() => zipFile({ "a.tar": ociTar }),
			],
			[
				"all members of a layout in a zip",
				sizes.reduce((sum, size) => sum + size),
				(path) => openOciLayout(path, undefined, context),
				layoutZip,
			],
			[
				"standard input",
				ociTar.length,
				() => openOciArchive("-", undefined, { ...context, standardInput: input() }),
				async () => Buffer.of(),
			],
		];

	test.each(opening)("%s has a limit that the message names", async (_name, size, open, bytes) => {
		const path = save("image.zip", await bytes());
		context = { ...context, maximumUnpacked: size };
		expect(await layersOf(open(path))).toHaveLength(one.layers.length);
		context = { ...context, maximumUnpacked: size - 1 };
		const reason = `unpack: expected at most ${size - 1} bytes, got at least ${size} (--max-layer allows more)`;
		await expect(layersOf(open(path))).rejects.toMatchObject({
			code: "ERR_ARCHIVE_LIMIT",
			message: expect.stringContaining(reason),
		});
	});
});

describe("bad zips", () => {
	test.each([
		["no archive in it", () => zipFile({ "a.txt": Buffer.of(1) }), "ERR_IMAGE_NOT_FOUND"],
		["truncated", async () => (await zipFile({ "a.tar": ociTar })).subarray(0, -30), "ERR_SOURCE_FORMAT"],
		["a path trick for a name", () => zipFile({ "x/y.txt": Buffer.of(1) }), "ERR_IMAGE_NOT_FOUND"],
		["damaged data", () => damaged(), "ERR_SOURCE_FORMAT"],
		["another CRC", () => withCrc(), "ERR_SOURCE_FORMAT"],
		["a claim of 1 TB", () => claiming(2 ** 40), "ERR_ARCHIVE_LIMIT"],
		["a claim that is too small", () => claiming(5000), "ERR_SOURCE_FORMAT"],
		["a claim that is too large", () => claiming(ociTar.length + 1), "ERR_SOURCE_FORMAT"],
	])("%s", async (_name, bytes, code) => {
		await expect(oci(save("bad.zip", await bytes()))).rejects.toMatchObject({ code });
	});

	test("a claim of 1 TB is refused for what it is, not for want of disk", async () => {
		const message = expect.stringContaining(`claim to be ${2 ** 40}`);
		await expect(oci(save("bad.zip", await claiming(2 ** 40)))).rejects.toMatchObject({ message });
	});

	test("more archives than anyone could choose from are refused", async () => {
		const path = save("many.zip", repeatMember(await zipFile({ "000000.tar": Buffer.of(1) }), 5000));
		await expect(oci(path)).rejects.toMatchObject({ code: "ERR_ARCHIVE_LIMIT" });
	});

	test("100,000 tiny members are read past", async () => {
		const path = save(
			"many.zip",
			repeatMember(await zipFile({ "000000.txt": Buffer.of(1) }, { stored: true }), 100_000),
		);
		await expect(oci(path)).rejects.toMatchObject({ code: "ERR_IMAGE_NOT_FOUND" });
	});

	async function damaged(): Promise<Buffer> {
		const zip = await zipFile({ "a.tar": ociTar });
		zip.fill(0x55, 200, 260);
		return zip;
	}

	/** A sound zip whose directory has another checksum. */
	async function withCrc(): Promise<Buffer> {
		const zip = await zipFile({ "a.tar": ociTar });
		zip[zip.lastIndexOf(Buffer.from("PK\x01\x02", "latin1")) + 16]! ^= 1;
		return zip;
	}

	/** A sound zip64 whose headers both lie about the size. */
	async function claiming(size: number): Promise<Buffer> {
		const zip = await zipFile({ "a.tar": ociTar }, { zip64: true });
		const told = Buffer.alloc(8);
		told.writeBigUInt64LE(BigInt(ociTar.length));
		const lie = Buffer.alloc(8);
		lie.writeBigUInt64LE(BigInt(size));
		for (let at = zip.indexOf(told); at >= 0; at = zip.indexOf(told, at + 1)) lie.copy(zip, at);
		return zip;
	}
});

describe("what programs would read differently", () => {
	const other = oldDockerMembers([{ image: two, tags: ["app:1"] }]);

	// Some take the first member of a name, others the last.
	test("is refused in a docker-archive with two members of one name", async () => {
		const both = oldDockerMembers([{ image: one, tags: ["app:1"] }]);
		const path = save("twice.tar", tarball(...both, other.at(-1)!));
		await expect(layersOf(openDockerArchive(path, undefined, context))).rejects.toMatchObject({
			code: "ERR_SOURCE_FORMAT",
			message: `${path}: read archive: expected one manifest.json, got several that differ: programs take different ones`,
		});
		const same = save("same.tar", tarball(...both, ...both));
		expect(await layersOf(openDockerArchive(same, undefined, context))).toEqual(one.diffs);
		expect(await layersOf(openDockerArchive(save("one.tar", dockerTar), undefined, context))).toEqual(
			one.diffs,
		);
	});

	test("is refused in a docker-archive whose list has a member in another case", async () => {
		const manifest = '[{"Config":"a.json","Layers":[],"layers":["b/layer.tar"]}]';
		const path = save("case.tar", tarball({ path: "manifest.json", body: manifest }));
		await expect(layersOf(openDockerArchive(path, undefined, context))).rejects.toThrow(
			'manifest.json: a member "layers", which programs in Go take for another one',
		);
	});

	test("is refused in a zip with two members of one name", async () => {
		const zip = await zipFile(
			{ "one.tar": dockerTar, "two.tar": tarball({ path: "x", body: "x" }) },
			{ stored: true },
		);
		for (let at = zip.indexOf("two.tar"); at >= 0; at = zip.indexOf("two.tar", at)) zip.write("one.tar", at);
		const path = save("twice.zip", zip);
		await expect(layersOf(openDockerArchive(path, undefined, context))).rejects.toThrow(
			`${path}: open zip: expected one "one.tar", got two: programs take different ones`,
		);
	});
});

test.each([true, false])(
	"a member of a zip whose bytes are damaged is refused, stored: %s",
	async (stored) => {
		const zip = await zipFile({ "image.tar": dockerTar }, { stored });
		const path = save("damaged.zip", zip);
		expect(await layersOf(openDockerArchive(path, undefined, context))).toEqual(one.diffs);
		// Of a stored member a byte of a layer's file, which no digest is made of before it is read.
		zip[stored ? zip.indexOf("manifest.json") + 9 : 200]! ^= 1;
		await expect(
			layersOf(openDockerArchive(save("damaged.zip", zip), undefined, context)),
		).rejects.toMatchObject({
			code: "ERR_SOURCE_FORMAT",
		});
	},
);
