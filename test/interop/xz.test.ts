import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCompressor, type Tier } from "../../src/codec/index.js";
import { bytesObject } from "../../src/pantavisor/package/index.js";
import { branchCode, branchNoise, FILTER_IDS } from "../support/branch-code.js";
import { Workplace } from "../support/command-line.js";
import { packageBytes, put } from "../support/gate.js";
import { directory, file } from "../support/inodes.js";
import { needs } from "../support/needs.js";
import { makePackage, webPart } from "../support/packages.js";
import { alphabetNoise, machineCode, mixture, periodic, text, wordTable } from "../support/sample-blocks.js";
import { imageBytes } from "../support/squashfs-images.js";

const KiB = 1024;

/** Several streams in one file are expanded one after the other (the format's section 2). */
function expand(streams: readonly Uint8Array[]): Buffer {
	const { status, stdout, stderr } = spawnSync("xz", ["-dc"], {
		input: Buffer.concat(streams),
		maxBuffer: 1 << 30,
	});
	if (status !== 0) throw new Error(`xz -dc: exit ${status}: ${stderr}`);
	return stdout;
}

function blocksOf(bytes: Uint8Array, blockSize: number): Uint8Array[] {
	const blocks: Uint8Array[] = [];
	for (let at = 0; at < bytes.length; at += blockSize) blocks.push(bytes.subarray(at, at + blockSize));
	return blocks;
}

const inputs: readonly (readonly [string, Uint8Array])[] = [
	["zeros", new Uint8Array(300_001)],
	["text", text(1 << 20)],
	["machine code", machineCode(2 << 20)],
	["word table", wordTable(1 << 20)],
	["mixture", mixture(2 << 20, 77)],
	["six bits a byte", alphabetNoise(1 << 20, 6)],
	["periods", Buffer.concat([1, 2, 3, 272, 273, 274, 40_000].map((period) => periodic(131_072, period)))],
];

/** Not riscv, which xz has since 5.6; the kernel's decoder takes it in squashfs-limits. */
const FILTERS = ["x86", "arm", "armthumb", "arm64"] as const;

needs("xz").describe("xz -dc expands", () => {
	test.each(FILTERS)("code that is filtered for %s", (bcj) => {
		const { compress } = createCompressor({ name: "xz", tier: "balanced", bcj }, 128 * KiB);
		const blocks = Array.from({ length: 20 }, (_, seed) =>
			seed % 2 ? branchCode(bcj, 128 * KiB, seed) : branchNoise(bcj, 70 * KiB + 3 * seed, seed),
		);
		const streams = blocks.map((block) => Buffer.from(compress(block, "data")!));
		expect(streams.map((stream) => stream[14])).toEqual(blocks.map(() => FILTER_IDS[bcj]));
		expect(Buffer.compare(expand(streams), Buffer.concat(blocks))).toBe(0);
	});

	describe.each(["fast", "balanced", "best"] satisfies Tier[])("%s", (tier) => {
		test.each(inputs)("%s", (_, bytes) => {
			for (const [blockSize, bcj] of [
				[4 * KiB, undefined],
				[128 * KiB, "x86"],
				[1024 * KiB, undefined],
			] as const) {
				const { compress } = createCompressor({ name: "xz", tier, bcj }, blockSize);
				const stored = blocksOf(bytes, blockSize)
					.map((block) => ({ block, stream: compress(block, "data")?.slice() }))
					.filter(({ stream }) => stream !== undefined);
				const expanded = expand(stored.map(({ stream }) => stream!));
				expect(Buffer.compare(expanded, Buffer.concat(stored.map(({ block }) => block)))).toBe(0);
			}
		});
	});
});

// docs/formats/devices.md#kernels-and-squashfs
needs("xz").describe("verify of an image whose block xz made", () => {
	let place: Workplace;
	beforeAll(() => {
		place = new Workplace();
	});
	afterAll(() => place.remove());

	const BLOCK = 128 * KiB;
	const body = text(BLOCK);

	/** An image of one file of one block, which lies there as `xz` made it. */
	async function imageOf(args: readonly string[]): Promise<Buffer> {
		const image = await imageBytes(
			{ root: directory({ serve: file(body) }) },
			{ compressor: { name: "xz", tier: "fast" }, rawData: true, rawInodes: true },
		);
		const { status, stdout } = spawnSync("xz", ["-c", ...args], { input: body });
		expect([status, stdout.length < BLOCK]).toEqual([0, true]);
		stdout.copy(image, image.indexOf(body));
		// Bit 24 of a block's size says that it is stored as it is.
		const size = Buffer.alloc(4);
		size.writeUInt32LE(BLOCK | (1 << 24));
		image.writeUInt32LE(stdout.length, image.indexOf(size));
		return image;
	}

	test.each<[string, readonly string[], string | undefined]>([
		["as kernels read it", ["--check=crc32", "--lzma2=dict=128KiB"], undefined],
		["without a check", ["--check=none", "--lzma2=dict=128KiB"], undefined],
		["filtered for x86", ["--check=crc32", "--x86", "--lzma2=dict=128KiB"], undefined],
		["with CRC64", ["--check=crc64", "--lzma2=dict=128KiB"], "IMAGE_XZ_CHECK"],
		["with SHA-256", ["--check=sha256", "--lzma2=dict=128KiB"], "IMAGE_XZ_CHECK"],
		["with a dictionary of twice the block", ["--check=crc32", "--lzma2=dict=256KiB"], "IMAGE_XZ_DICTIONARY"],
		["filtered by delta", ["--check=crc32", "--delta=dist=1", "--lzma2=dict=128KiB"], "IMAGE_XZ_FILTER"],
		["filtered twice", ["--check=crc32", "--x86", "--arm", "--lzma2=dict=128KiB"], "IMAGE_XZ_FILTER"],
	])("%s", async (_, args, code) => {
		put(place, "web.tgz", await packageBytes(makePackage(webPart(bytesObject(await imageOf(args))))));
		const verdict = await place.run(["verify", "web.tgz"]);
		if (code !== undefined) expect(verdict.stdout).toContain(`[${code}]`);
		expect(verdict.code, verdict.stdout).toBe(code === undefined ? 0 : 5);
	});
});
