import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import {
	comparePackages,
	formatDifference,
	type KnownInputs,
	openCompared,
} from "../../../src/compare/repro/index.js";
import type { ImageOptions } from "../../../src/doors/squashfs.js";
import type { PlainJson } from "../../../src/ground/json/index.js";
import type { RootfsTree } from "../../../src/image/rootfs/index.js";
import { writeArchive } from "../../../src/pantavisor/package/index.js";
import { directory, file, noise, symlink } from "../../support/inodes.js";
import { MemorySink } from "../../support/memory-sink.js";
import { webPart } from "../../support/packages.js";
import { imageBytes } from "../../support/squashfs-images.js";
import { sideOf } from "../../support/weighed-packages.js";

const place = mkdtempSync(join(tmpdir(), "pvpkg-repro-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));

type Files = Readonly<Record<string, RootfsTree | Uint8Array | PlainJson>>;

async function packageBytes(files: Files, gzip = true): Promise<Buffer> {
	const { state, objects } = await sideOf(files);
	const sink = new MemorySink();
	await writeArchive(state, objects, sink, { gzip });
	return sink.bytes;
}

/** The differences of two packages, a line each. */
async function compareBytes(a: Uint8Array, b: Uint8Array, inputs?: KnownInputs): Promise<string[]> {
	const paths = [join(place, "a.tgz"), join(place, "b.tgz")] as const;
	writeFileSync(paths[0], a);
	writeFileSync(paths[1], b);
	const [first, second] = [
		await openCompared(paths[0], { temporaryDirectory: place }),
		await openCompared(paths[1], { temporaryDirectory: place }),
	];
	try {
		return comparePackages(first, second, { inputs }).map(formatDifference);
	} finally {
		first.close();
		second.close();
	}
}

const compare = async (a: Files, b: Files): Promise<string[]> =>
	compareBytes(await packageBytes(a), await packageBytes(b));

const imageOf = (tree: RootfsTree, options: Partial<ImageOptions> = {}) =>
	imageBytes(tree, { blockSize: 4096, ...options });

const compareTrees = async (a: RootfsTree, b: RootfsTree, options: Partial<ImageOptions> = {}) =>
	compare(
		{ "web/root.squashfs": await imageOf(a, options) },
		{ "web/root.squashfs": await imageOf(b, options) },
	);

const tree = (entries: Parameters<typeof directory>[0] = {}) => ({
	root: directory({
		bin: directory({ app: file(noise(9000, 1), { mode: 0o755 }) }),
		link: symlink("bin"),
		...entries,
	}),
});

test("equal packages have no differences", async () => {
	expect(await compare({ "web/root.squashfs": tree() }, { "web/root.squashfs": tree() })).toEqual([]);
});

test("inputs that differ are named first", async () => {
	const lines = await compareBytes(
		await packageBytes({ "web/run.json": { a: 1 } }),
		await packageBytes({ "web/run.json": { a: 2 } }),
		{
			first: { engine: "1", epoch: "0", lock: "x" },
			second: { engine: "2", epoch: "0" },
		},
	);
	expect(lines).toEqual(["inputs: engine 1 ≠ 2", "web/run.json: a 1 ≠ 2"]);
});

describe("the archive", () => {
	const files = { "web/run.json": { a: 1 }, "web/blob": noise(2000, 1) };

	test("gzip's header", async () => {
		const [a, b] = [await packageBytes(files), await packageBytes(files)];
		b[4] = 7;
		b[9] = 3;
		expect(await compareBytes(a, b)).toEqual([
			"gzip header: time 0 ≠ 7",
			expect.stringMatching(/^gzip header: system \d+ ≠ 3$/),
		]);
	});

	test("compressed otherwise", async () => {
		const a = await packageBytes(files);
		const bare = await packageBytes(files, false);
		expect(await compareBytes(a, bare)).toEqual(["package: is gzip'ed ≠ bare"]);
		const other = gzipSync(bare, { level: 1 });
		a.copy(other, 0, 0, 10);
		expect(await compareBytes(a, other)).toEqual([
			expect.stringMatching(
				/^package: the archives are equal, their compressed bytes differ from byte \d+: \w+ ≠ \w+$/,
			),
		]);
	});

	test("a field of a member's header", async () => {
		const a = await packageBytes(files, false);
		const b = Buffer.from(a);
		b.write("0000001 ", 108, "latin1");
		const sum = (
			8 * 0x20 +
			[...b.subarray(0, 512)].reduce((s, byte, i) => s + (i < 148 || i >= 156 ? byte : 0), 0)
		).toString(8);
		b.write(`${sum.padStart(6, "0")}\0 `, 148, "latin1");
		expect(await compareBytes(a, b)).toEqual(["member json: tar header: uid 0 ≠ 1"]);
	});

	test("the order of members", async () => {
		const a = await packageBytes({ "a/one": noise(100, 1), "a/two": noise(100, 2) }, false);
		const [x, y] = [a.indexOf("objects/"), a.lastIndexOf("objects/")];
		const b = Buffer.concat([
			a.subarray(0, x),
			a.subarray(y, y + 1024),
			a.subarray(x, x + 1024),
			a.subarray(y + 1024),
		]);
		expect(await compareBytes(a, b)).toEqual([
			expect.stringMatching(/^archive: member 2 is objects\/\w+ ≠ objects\/\w+$/),
		]);
	});

	test("bytes that belong to nothing", async () => {
		const a = await packageBytes(files, false);
		const b = Buffer.from(a);
		b[a.indexOf("objects/") + 512 + 2000] = 1;
		expect(await compareBytes(a, b)).toEqual([
			expect.stringMatching(/^archive: byte \d+: 0000000000000000 ≠ 0100000000000000$/),
		]);
	});
});

describe("state", () => {
	test("each value by its path, what only one has, and signatures last", async () => {
		const a = {
			"web/run.json": { a: [1, { b: "x" }], gone: 1 },
			"_sigs/web.json": { protected: "p", signature: "1" },
		};
		const b = {
			"web/run.json": { a: [1, { b: "y" }] },
			"web/src.json": {},
			"_sigs/web.json": { protected: "p", signature: "2" },
		};
		expect(await compare(a, b)).toEqual([
			'web/run.json: a[1].b "x" ≠ "y"',
			"web/run.json: gone is only in the first",
			"web/src.json: is only in the second",
			"_sigs/web.json: the signatures differ, and their headers are the same",
		]);
	});
});

test("a line of the configuration, and the setting that it comes from", async () => {
	const part = webPart();
	const source = part.documents.get("web/src.json")!;
	const object = part.objects.get("web/lxc.container.conf")!;
	const bytes = Buffer.alloc(object.size);
	object.read(bytes, 0);
	const other = Buffer.from(bytes.toString("utf8").replace("/bin/serve", "/bin/other"));
	const lines = await compare(
		{ "web/src.json": source, "web/lxc.container.conf": bytes },
		{ "web/src.json": source, "web/lxc.container.conf": other },
	);
	expect(lines).toEqual([
		expect.stringMatching(
			/^web\/lxc\.container\.conf: line \d+ \(from Cmd\): ".*\/bin\/serve.*" ≠ ".*\/bin\/other.*"$/,
		),
	]);
});

describe("images", () => {
	test.each<[string, RootfsTree, string[]]>([
		[
			"mode",
			tree({ bin: directory({ app: file(noise(9000, 1), { mode: 0o4755 }) }) }),
			["bin/app: mode 0755 ≠ 4755"],
		],
		["owner", tree({ link: symlink("bin", { uid: 5 }) }), ["link: uid 0 ≠ 5"]],
		["target", tree({ link: symlink("sbin") }), ["link: target bin ≠ sbin"]],
		["a file", tree({ more: file("x") }), ["more: is only in the second"]],
		["kind", tree({ link: file("bin") }), ["link: kind symlink ≠ file"]],
	])("%s", async (_, changed, expected) => {
		const lines = await compareTrees(tree(), changed);
		for (const line of expected) expect(lines).toContain(`web/root.squashfs: ${line}`);
		// What follows from it, such as another superblock, is not reported.
		expect(lines.filter((line) => line.includes("table"))).toEqual([]);
	});

	test("an attribute", async () => {
		const changed = tree({ link: symlink("bin", { mtime: 9 }) });
		expect(await compareTrees(tree(), changed)).toEqual(["web/root.squashfs: link: mtime 0 ≠ 9"]);
	});

	test("the first byte of a content", async () => {
		const body = Buffer.from(noise(9000, 1));
		body[5000]! ^= 0xff;
		const changed = tree({ bin: directory({ app: file(body, { mode: 0o755 }) }) });
		expect(await compareTrees(tree(), changed)).toEqual([
			expect.stringMatching(/^web\/root\.squashfs: bin\/app: content from byte 5000: \w{16} ≠ \w{16}$/),
		]);
	});

	test("options of the image, named by the superblock", async () => {
		const lines = await compare(
			{ "web/root.squashfs": await imageOf(tree()) },
			{ "web/root.squashfs": await imageOf(tree(), { blockSize: 8192, modificationTime: 5 }) },
		);
		expect(lines).toEqual([
			"web/root.squashfs: superblock: blockSize 4096 ≠ 8192",
			"web/root.squashfs: superblock: modificationTime 0 ≠ 5",
		]);
	});

	test("the tree is compared under another superblock, as packages of pvr have", async () => {
		const changed = tree({ link: symlink("bin", { uid: 5 }) });
		const lines = await compare(
			{ "web/root.squashfs": await imageOf(tree()) },
			{ "web/root.squashfs": await imageOf(changed, { modificationTime: 5 }) },
		);
		expect(lines).toEqual([
			"web/root.squashfs: superblock: modificationTime 0 ≠ 5",
			"web/root.squashfs: link: uid 0 ≠ 5",
		]);
	});

	test("numbers of inodes, which follow from a file more, are not reported", async () => {
		expect(await compareTrees(tree(), tree({ a: file("x") }))).toEqual([
			"web/root.squashfs: a: is only in the second",
		]);
	});

	test("equal contents in other blocks", async () => {
		const text = { root: directory({ a: file("text ".repeat(2000)), b: file("words ".repeat(3000)) }) };
		const level = (n: number) =>
			imageOf(text, { compressor: { name: "gzip", level: n, windowLog: 15 } as never, rawInodes: true });
		const [a, b] = [await level(1), await level(1)];
		// The same content raw, as another encoder would store it.
		const raw = await imageOf(text, { rawData: true });
		raw.writeUInt16LE(a.readUInt16LE(24), 24);
		expect(a.equals(b)).toBe(true);
		const lines = await compare({ "web/root.squashfs": a }, { "web/root.squashfs": raw });
		expect(lines[0]).toMatch(
			/^web\/root\.squashfs: a: block 0 at image byte \d+: \d+ bytes gzip ≠ 4096 bytes raw$/,
		);
	});

	test("a fragment block, with the files whose ends are in it", async () => {
		const files = {
			a: file("x".repeat(300)),
			b: file("y".repeat(200)),
			c: file("z".repeat(100)),
			d: file("d"),
		};
		const text = { root: directory(files) };
		const [a, b] = [await imageOf(text), await imageOf(text, { rawFragments: true })];
		b.writeUInt16LE(a.readUInt16LE(24), 24);
		const lines = await compare({ "web/root.squashfs": a }, { "web/root.squashfs": b });
		expect(lines).toContainEqual(
			expect.stringMatching(
				/^web\/root\.squashfs: fragment block 0 \(the ends of .+, .+, .+, 1 more\): is stored in \d+ bytes compressed ≠ 601 bytes raw$/,
			),
		);
	});

	test("files that lie in another order", async () => {
		const contents = [noise(4096, 1), noise(4096, 2)] as const;
		const files = { a: file(contents[0]), b: file(contents[1]) };
		const a = await imageOf({ root: directory(files) }, { rawInodes: true, rawData: true });
		const b = Buffer.from(a);
		// The two blocks change places, in the data and in the inodes.
		const places = contents.map((bytes) => a.indexOf(bytes)) as [number, number];
		const words = places.map((place) => Buffer.from([place & 0xff, place >> 8, 0, 0])) as [Buffer, Buffer];
		const table = Number(a.readBigUInt64LE(64));
		for (const [i, j] of [
			[0, 1],
			[1, 0],
		] as const) {
			b.set(contents[i], places[j]);
			b.set(words[i], a.indexOf(words[j], table));
		}
		expect(await compare({ "web/root.squashfs": a }, { "web/root.squashfs": b })).toEqual([
			expect.stringMatching(/^web\/root\.squashfs: a: its data begins at image byte \d+ ≠ \d+$/),
		]);
	});

	test("other padding", async () => {
		const a = await imageOf(tree());
		const b = Buffer.from(a);
		b[b.length - 1] = 1;
		expect(await compare({ "web/root.squashfs": a }, { "web/root.squashfs": b })).toEqual([
			`web/root.squashfs: byte ${a.length - 1} (padding): 00 ≠ 01`,
		]);
	});

	test("what is not an image is compared as bytes", async () => {
		const a = await imageOf(tree());
		expect(await compare({ "web/root.squashfs": a }, { "web/root.squashfs": a.subarray(0, 50) })).toEqual([
			expect.stringMatching(/^web\/root\.squashfs: cannot be compared as an image \(.+\)$/),
			`web/root.squashfs: size ${a.length} ≠ 50`,
			expect.stringMatching(/^web\/root\.squashfs: content from byte 50: /),
		]);
	});

	test("where data lies", async () => {
		const a = await imageOf(tree());
		const b = await imageOf(tree(), { alignment: { multiple: 4096, minimum: 0 } });
		const lines = await compare({ "web/root.squashfs": a }, { "web/root.squashfs": b });
		expect(lines[0]).toMatch(/^web\/root\.squashfs: inode table begins at \d+ ≠ \d+$/);
	});
});

test("values that are equal for long are shown where they differ", async () => {
	const [line] = await compare(
		{ "web/run.json": { a: `${"x".repeat(500)}1` } },
		{ "web/run.json": { a: `${"x".repeat(500)}2` } },
	);
	expect(line).toMatch(/^web\/run\.json: a …x{20}1" ≠ …x{20}2"$/);
});

test("a line that only one has stands against the end, which no line can be mistaken for", async () => {
	const lines = await compare(
		{ "web/a.txt": Buffer.from("the end") },
		{ "web/a.txt": Buffer.from("the end\nb") },
	);
	expect(lines).toEqual(['web/a.txt: line 2: the end ≠ "b"']);
});

test("a member that no state names is only in one of them", async () => {
	const { state, objects } = await sideOf({ "web/run.json": {} });
	const sink = new MemorySink();
	await writeArchive(state, objects, sink, { gzip: false });
	const [plain, stray] = [sink.bytes, Buffer.alloc(512)];
	stray.write(`objects/${"0".repeat(64)}`, 0);
	stray.write("0000644\0", 100);
	stray.write("00000000000\0", 124);
	stray.write("        0", 148);
	stray.write("ustar\x0000", 257);
	const sum = stray.reduce((total, byte) => total + byte, 0);
	stray.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
	const end = plain.length - 1024;
	const lines = await compareBytes(
		plain,
		Buffer.concat([plain.subarray(0, end), stray, plain.subarray(end)]),
	);
	expect(lines).toEqual([`member objects/${"0".repeat(64)}: is only in the second`]);
});

test("at most 20 lines", async () => {
	const many = (value: number) => Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, value]));
	expect(await compare({ "web/run.json": many(1) }, { "web/run.json": many(2) })).toHaveLength(20);
});
