import { describe, expect, test } from "vitest";
import type { CompressorOptions } from "../../../src/codec/index.js";
import { bufferContent } from "../../../src/ground/bytes/index.js";
import {
	checkImage,
	type ImageCheckOptions,
	parseKernelConfig,
	parseKernelVersion,
} from "../../../src/squashfs/kernel/index.js";
import { openImage } from "../../../src/squashfs/read/index.js";
import { sampleTree } from "../../support/hostile-images.js";
import { directory, file, noise, zeros } from "../../support/inodes.js";
import { imageBytes } from "../../support/squashfs-images.js";

const codes = async (image: Uint8Array, options: ImageCheckOptions = {}): Promise<string[]> =>
	(await checkImage(bufferContent(image), "web/root.squashfs", options)).findings.map(
		({ severity, code }) => `${severity} ${code}`,
	);

const XZ: CompressorOptions = {
	name: "xz",
	tier: "fast",
	dictionarySize: undefined,
	bcj: undefined,
} as never;

/** An image with bytes of its superblock changed. */
async function spoiled(change: (image: Buffer) => void): Promise<Buffer> {
	const image = Buffer.from(await imageBytes(sampleTree()));
	change(image);
	return image;
}

const table = (image: Buffer, at: number): number => Number(image.readBigUInt64LE(at));

test("several images may expand to no more than all may together", async () => {
	const image = await imageBytes({
		root: directory({ a: file(noise(300_000, 1)), b: file("b".repeat(900_000)) }),
	});
	const budget = { left: 2_000_000 };
	expect(await codes(image, { budget })).toEqual([]);
	expect(budget.left).toBeLessThan(900_000);
	const { findings } = await checkImage(bufferContent(image), "web/root.squashfs", { budget });
	expect(findings.map(({ code }) => code)).toEqual(["IMAGE_LIMIT"]);
	expect(findings[0]!.message).toContain("that are left of the limit of all images");
});

// docs/formats/squashfs.md#superblock
describe("the arithmetic of mounting", () => {
	test("an image of ours is in order, and says what it needs", async () => {
		const image = await imageBytes(sampleTree());
		expect(await checkImage(bufferContent(image), "web/root.squashfs")).toEqual({
			findings: [],
			needs: ["CONFIG_SQUASHFS", "CONFIG_SQUASHFS_ZLIB", "CONFIG_SQUASHFS_XATTR"],
		});
	});

	test.each<[string, string, (image: Buffer) => void]>([
		[
			"another count of inodes",
			"IMAGE_EXPORT_INDEX",
			(image) => image.writeUInt32LE(image.readUInt32LE(4) + 2000, 4),
		],
		["another count of owners", "IMAGE_ID_INDEX", (image) => image.writeUInt16LE(5000, 26)],
		["another count of fragments", "IMAGE_FRAGMENT_INDEX", (image) => image.writeUInt32LE(100_000, 16)],
		["a later end", "IMAGE_XATTR_INDEX", (image) => image.writeBigUInt64LE(BigInt(table(image, 40) + 8), 40)],
		[
			"an earlier end",
			"IMAGE_XATTR_INDEX",
			(image) => image.writeBigUInt64LE(BigInt(table(image, 40) - 8), 40),
		],
		[
			"an index of attributes that points behind itself",
			"IMAGE_XATTR_INDEX",
			(image) => image.writeBigUInt64LE(BigInt(table(image, 56)), table(image, 56) + 16),
		],
		["no sets of attributes", "IMAGE_XATTR_INDEX", (image) => image.writeUInt32LE(0, table(image, 56) + 8)],
		[
			"an index of owners that points behind itself",
			"IMAGE_ID_INDEX",
			(image) => image.writeBigUInt64LE(BigInt(table(image, 48)), table(image, 48)),
		],
		[
			"directories in place of fragments",
			"IMAGE_TABLES",
			(image) => image.writeBigUInt64LE(BigInt(table(image, 80)), 72),
		],
	])("%s", async (_, code, change) => {
		expect(await codes(await spoiled(change))).toEqual([`error ${code}`]);
	});

	test.each<[string, number, string[]]>([
		["lzo, which kernels read and we do not", 3, ["error IMAGE_NOT_CHECKED"]],
		["the old lzma, which no kernel reads", 2, ["error IMAGE_COMPRESSOR"]],
		["an unknown compressor", 9, ["error IMAGE_COMPRESSOR"]],
	])("%s", async (_, id, expected) => {
		expect(await codes(await spoiled((image) => image.writeUInt16LE(id, 20)))).toEqual(expected);
	});

	test("what was not read can be accepted", async () => {
		const image = await spoiled((bytes) => bytes.writeUInt16LE(3, 20));
		expect(await codes(image, { allowUnchecked: true })).toEqual(["warning IMAGE_NOT_CHECKED"]);
	});

	test("a block that is changed is damaged", async () => {
		const image = await spoiled((bytes) => bytes.fill(0xaa, table(bytes, 64) + 2, table(bytes, 64) + 10));
		expect(await codes(image)).toEqual(["error IMAGE_DAMAGED"]);
	});
});

test("holes are not read, and blocks that files share are expanded once", async () => {
	const copy = (): ReturnType<typeof file> => file(Buffer.alloc(300_000, "x"));
	const image = await imageBytes({ root: directory({ a: copy(), b: copy(), hole: file(zeros(1 << 25)) }) });
	const seen = new Set<string>();
	const expanded = [...openImage(bufferContent(image)).entries()].map((entry) =>
		entry.kind === "file" ? entry.content.check(seen) : 0,
	);
	expect(expanded.reduce((sum, bytes) => sum + bytes)).toBe(300_000);
	expect(await codes(image)).toEqual([]);
});

describe("kernels that are named", () => {
	const tree = { root: directory({ a: file(noise(5000, 1)) }) };
	const zstd = { name: "zstd", level: 1 } as CompressorOptions;

	test("must be new enough", async () => {
		const image = await imageBytes(tree, { compressor: zstd });
		expect(await codes(image, { target: parseKernelVersion("4.9") })).toEqual(["error IMAGE_KERNEL_CONFIG"]);
		expect(await codes(image, { target: parseKernelVersion("5.10.110-yocto") })).toEqual([]);
	});

	test("must have what the image needs", async () => {
		const image = await imageBytes(sampleTree());
		const config = (text: string) => ({ target: parseKernelConfig(text, ".config") });
		expect(
			await codes(image, config("CONFIG_SQUASHFS=y\nCONFIG_SQUASHFS_ZLIB=y\nCONFIG_SQUASHFS_XATTR=y\n")),
		).toEqual([]);
		expect(
			await codes(
				image,
				config("CONFIG_SQUASHFS=y\nCONFIG_SQUASHFS_ZLIB=y\n# CONFIG_SQUASHFS_XATTR is not set\n"),
			),
		).toEqual(["warning IMAGE_XATTR_CONFIG"]);
		expect(
			await codes(image, config("CONFIG_SQUASHFS=m\nCONFIG_SQUASHFS_XZ=y\nCONFIG_SQUASHFS_XATTR=y\n")),
		).toEqual(["error IMAGE_KERNEL_CONFIG"]);
		expect(() => config("hello")).toThrow(/expected lines such as CONFIG_SQUASHFS=y/);
		expect(() => parseKernelVersion("six")).toThrow(/expected one such as 6.1/);
	});

	test("with large pages must have blocks as large", async () => {
		const image = await imageBytes(tree, { blockSize: 16_384 });
		const target = parseKernelConfig(
			"CONFIG_SQUASHFS=y\nCONFIG_SQUASHFS_ZLIB=y\nCONFIG_ARM64_64K_PAGES=y\n",
			".config",
		);
		expect(await codes(image, { target })).toEqual(["error IMAGE_KERNEL_CONFIG"]);
	});
});

test("xz images of ours are what kernels read", async () => {
	const image = await imageBytes(
		{ root: directory({ a: file(Buffer.alloc(300_000, "text ")) }) },
		{ compressor: XZ },
	);
	expect(await codes(image)).toEqual([]);
});

// linux/security/commoncap.c, get_vfs_caps_from_disk: 12, 20 or 24 bytes, by the revision in the highest byte.
test.each([
	["of revision 2", 0o755, `01000002${"00".repeat(16)}`, []],
	["of revision 2, cut", 0o755, `01000002${"00".repeat(15)}`, ["error IMAGE_CAPABILITY"]],
	["of no known revision", 0o755, `01000009${"00".repeat(16)}`, ["error IMAGE_CAPABILITY"]],
	["of no known revision, at a file that nobody starts", 0o644, `01000009${"00".repeat(16)}`, []],
])("a file capability %s", async (_, mode, hex, expected) => {
	const xattrs = { "security.capability": Buffer.from(hex, "hex") };
	expect(await codes(await imageBytes({ root: directory({ a: file("x", { mode, xattrs }) }) }))).toEqual(
		expected,
	);
});
