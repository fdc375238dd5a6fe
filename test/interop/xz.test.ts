import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { createCompressor, type Tier } from "../../src/codec/index.js";
import { branchCode, branchNoise, FILTER_IDS } from "../support/branch-code.js";
import { needs } from "../support/needs.js";
import { alphabetNoise, machineCode, mixture, periodic, text, wordTable } from "../support/sample-blocks.js";

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
