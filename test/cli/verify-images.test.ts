import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Inode } from "../../src/image/rootfs/index.js";
import { bytesObject } from "../../src/pantavisor/package/index.js";
import { Workplace } from "../support/command-line.js";
import { packageBytes, put } from "../support/gate.js";
import { sampleTree } from "../support/hostile-images.js";
import { directory, file, symlink } from "../support/inodes.js";
import { makePackage, webPart } from "../support/packages.js";
import { imageBytes } from "../support/squashfs-images.js";

let place: Workplace;
beforeAll(async () => {
	place = new Workplace();
	const image = Buffer.from(await imageBytes(sampleTree()));
	put(place, "sound.tgz", await packageBytes(makePackage(webPart(bytesObject(image)))));
	const lzo = Buffer.from(image);
	lzo.writeUInt16LE(3, 20);
	put(place, "lzo.tgz", await packageBytes(makePackage(webPart(bytesObject(lzo)))));
	const odd = Buffer.from(image);
	odd.writeUInt32LE(odd.readUInt32LE(4) + 2000, 4);
	put(place, "odd.tgz", await packageBytes(makePackage(webPart(bytesObject(odd)))));
	put(place, "config", "CONFIG_SQUASHFS=y\nCONFIG_SQUASHFS_XZ=y\n");
});
afterAll(() => place.remove());

test("the report names what kernel the images need", async () => {
	const { code, stdout } = await place.run(["verify", "sound.tgz"]);
	expect(stdout).toContain(
		"the images need a kernel with CONFIG_SQUASHFS, CONFIG_SQUASHFS_ZLIB, CONFIG_SQUASHFS_XATTR",
	);
	expect(code).toBe(0);
	const named = await place.run(["verify", "sound.tgz", "--kernel-config", "config"]);
	expect(named.stdout).toContain("needs CONFIG_SQUASHFS_ZLIB, which is not set [IMAGE_KERNEL_CONFIG]");
	expect(named.code).toBe(5);
	expect((await place.run(["verify", "sound.tgz", "--kernel", "6.1"])).code).toBe(0);
	expect((await place.run(["verify", "sound.tgz", "--kernel", "new"])).code).toBe(3);
});

test("an image that kernels refuse to mount is not sound", async () => {
	const { code, stdout } = await place.run(["verify", "odd.tgz"]);
	expect(stdout).toContain("[IMAGE_EXPORT_INDEX]");
	expect(code).toBe(5);
});

test("an image whose only directory is empty is sound, as kernels mount it", async () => {
	const image = Buffer.from(await imageBytes({ root: directory({}) }));
	put(place, "empty.tgz", await packageBytes(makePackage(webPart(bytesObject(image)))));
	const { code, stdout } = await place.run(["verify", "empty.tgz"]);
	expect(stdout).not.toContain("IMAGE_");
	expect(code).toBe(0);
});

test("an image in which kernels find another file than all other readers is not sound", async () => {
	const names = Array.from(
		{ length: 600 },
		(_, i) => `name-of-a-file-that-is-long-${String(i).padStart(4, "0")}`,
	);
	const crowd = directory(Object.fromEntries(names.map((name) => [name, file("")])));
	const image = Buffer.from(await imageBytes({ root: directory({ crowd }) }, { rawInodes: true }));
	const entry = image.indexOf("name-of-a-file", Number(image.readBigUInt64LE(64)));
	image.write("0000", entry + "name-of-a-file-that-is-long-".length);
	put(place, "index.tgz", await packageBytes(makePackage(webPart(bytesObject(image)))));
	for (const command of ["verify", "inspect", "sbom"]) {
		const { code, stdout, stderr } = await place.run([
			command,
			"index.tgz",
			...(command === "inspect" ? ["--sizes"] : []),
		]);
		expect(`${command}: ${stdout}${stderr}`).toContain("directory index: name-of-a-file");
		expect(code).not.toBe(0);
	}
});

test("what was not read is not sound, unless that is accepted", async () => {
	const { code, stdout } = await place.run(["verify", "lzo.tgz"]);
	expect(stdout).toContain("[IMAGE_NOT_CHECKED]");
	expect(code).toBe(5);
	const accepted = await place.run(["verify", "lzo.tgz", "--allow-unchecked"]);
	expect(accepted.stdout).toContain("warning: web/root.squashfs: ");
	expect(accepted.code).toBe(0);
});

test.each([
	["the old lzma", 2],
	["an unknown compressor", 9],
])("an image that is compressed by %s is not sound", async (_, id) => {
	const image = await imageBytes(sampleTree());
	image.writeUInt16LE(id, 20);
	put(place, "bad.tgz", await packageBytes(makePackage(webPart(bytesObject(image)))));
	const { code, stdout } = await place.run(["verify", "bad.tgz"]);
	expect(stdout).toContain("which no kernel reads [IMAGE_COMPRESSOR]");
	expect(code).toBe(5);
});

// squashfs-tools-ng before 1.1.3 and go-diskfs before 1.5.1 leave out the 3 bytes of "." and "..", and kernels do not mind.
test("a directory whose size lacks the entries that are not stored is read as kernels read it", async () => {
	const image = await imageBytes({ root: directory({ serve: file("x") }) }, { rawInodes: true });
	const inodes = Number(image.readBigUInt64LE(64));
	const size = inodes + 2 + image.readUInt16LE(32) + 24;
	image.writeUInt16LE(image.readUInt16LE(size) - 3, size);
	put(place, "short.tgz", await packageBytes(makePackage(webPart(bytesObject(image)))));
	const { code, stdout } = await place.run(["verify", "short.tgz"]);
	expect(code, stdout).toBe(0);
	expect((await place.run(["inspect", "short.tgz", "--tree"])).stdout).toContain("/serve (file)");
});

// The time limit of tests is the test: whoever reads the zeros needs a quarter of an hour.
test("100 files of 4 GiB that are one hole each are not read", async () => {
	const content = { size: 2 ** 32, sha256: "0".repeat(64), read: (target: Uint8Array) => target.fill(0) };
	const names = Array.from({ length: 100 }, (_, at) => [`hole${at}`, file({ ...content })] as const);
	const image = await imageBytes({ root: directory(Object.fromEntries(names)) }, { blockSize: 1 << 20 });
	expect(image.length).toBeLessThan(20_000);
	put(place, "hole.tgz", await packageBytes(makePackage(webPart(bytesObject(image)))));
	const { code, stdout } = await place.run(["verify", "hole.tgz"]);
	expect(code, stdout).toBe(0);
});

describe("a small image whose entries repeat long strings", () => {
	const many = (inode: Inode) =>
		Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`name${at}`, inode] as const));
	const deep = Array.from({ length: 250 }).reduce<Inode>(
		(below) => directory({ ["a".repeat(255)]: below }),
		directory(many(file(""))),
	);
	const attributes = Object.fromEntries(
		Array.from({ length: 300 }, (_, at) => [`user.${at}${"n".repeat(200)}`, Buffer.from("v")] as const),
	);

	test.each([
		["paths", directory({ deep })],
		["targets of hard links", directory(many(symlink("t".repeat(4095))))],
		["names of attributes", directory(many(file("", { xattrs: attributes })))],
	])("of %s is refused before they take memory", async (_, root) => {
		const image = await imageBytes({ root });
		expect(image.length).toBeLessThan(300_000);
		put(place, "long.tgz", await packageBytes(makePackage(webPart(bytesObject(image)))));
		const { code, stdout } = await place.run(["verify", "long.tgz"]);
		expect(stdout).toMatch(
			/expected paths, targets and names .* of at most 256 bytes an entry.*\[IMAGE_LIMIT\]/,
		);
		expect(code).toBe(5);
		expect((await place.run(["inspect", "long.tgz", "--tree"])).code).toBe(3);
	});
});

test("an image whose table ends in the last field of an inode is damaged, as kernels read whole inodes", async () => {
	const image = await imageBytes({ root: directory({ serve: file("x") }) }, { rawInodes: true });
	const inodes = Number(image.readBigUInt64LE(64));
	image.writeUInt16LE(image.readUInt16LE(inodes) - 1, inodes);
	put(place, "cut.tgz", await packageBytes(makePackage(webPart(bytesObject(image)))));
	const { code, stdout } = await place.run(["verify", "cut.tgz"]);
	expect(stdout).toContain("[IMAGE_DAMAGED]");
	expect(code).toBe(5);
});

test.each<[string, (image: Buffer, name: number) => void]>([
	["a NUL in their name", (image, name) => image.writeUInt8(0, name)],
	["an unknown type", (image, name) => image.writeUInt16LE(0x8002, name - 4)],
])("extended attributes with %s are damage, as kernels list and read other ones", async (_, spoil) => {
	const serve = file("x", { xattrs: { "security.odd-name": Buffer.from("v") } });
	const image = await imageBytes({ root: directory({ serve }) }, { rawXattrs: true });
	spoil(image, image.indexOf("odd-name"));
	put(place, "names.tgz", await packageBytes(makePackage(webPart(bytesObject(image)))));
	const { code, stdout } = await place.run(["verify", "names.tgz"]);
	expect(stdout).toMatch(/xattr table: expected a name and its prefix.*\[IMAGE_DAMAGED\]/);
	expect(code).toBe(5);
});
