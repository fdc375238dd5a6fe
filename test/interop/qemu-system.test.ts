import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import type { CompressorOptions } from "../../src/codec/index.js";
import { PendingFile } from "../../src/ground/files/index.js";
import { DEFAULT_IMAGE_OPTIONS } from "../../src/squashfs/format/index.js";
import { writeImage } from "../../src/squashfs/write/index.js";
import { guestListings } from "../support/guest-kernel.js";
import { expectedListing } from "../support/kernel.js";
import { LARGEST, LIMIT_TREES, type LimitTree } from "../support/limit-trees.js";
import { needs } from "../support/needs.js";
import { sampleOf } from "../support/sample.js";
import { GZIP } from "../support/squashfs-images.js";

// The kernel of a distribution mounts what we write, where this machine's own may not be asked.

const COMPRESSORS: readonly CompressorOptions[] = [
	GZIP,
	{ name: "xz", tier: "balanced" },
	{ name: "xz", tier: "best", bcj: "x86" },
	{ name: "lz4", highCompression: true },
	{ name: "zstd", level: 19 },
];

const KINDS = LIMIT_TREES.find(({ name }) => /kinds/.test(name))!;

/** A tree whose files begin at pages of their image, as `--align 4096` has them. */
function aligned(tree: LimitTree, minimum: number): LimitTree {
	return { ...tree, options: { ...tree.options, alignment: { multiple: 4096, minimum } } };
}

let folder: string;
beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), "pvpkg-qemu-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function write({ make, options }: LimitTree, compressor: CompressorOptions): Promise<string> {
	const path = join(folder, `${++count}.squashfs`);
	const pending = PendingFile.create(path);
	await writeImage(make(), pending, { ...DEFAULT_IMAGE_OPTIONS, ...options, compressor });
	pending.commit();
	return path;
}
let count = 0;

needs("gcc", "qemu-system").test(
	"a stock kernel lists what was written, and refuses what is damaged",
	{ timeout: 600_000 },
	async () => {
		const trees = sampleOf(
			LIMIT_TREES.filter(({ name }) => !LARGEST.test(name)),
			6,
		);
		const cases = [
			...trees.map((tree) => [tree, GZIP] as const),
			...COMPRESSORS.map((one) => [KINDS, one] as const),
			...[0, 16 << 10].map((minimum) => [aligned(KINDS, minimum), COMPRESSORS[1]!] as const),
		];
		const images: string[] = [];
		for (const [tree, compressor] of cases) images.push(await write(tree, compressor));
		const damaged = readFileSync(images[0]!);
		damaged.fill(0, 0, 4);
		writeFileSync(join(folder, "damaged.squashfs"), damaged);
		const listings = await guestListings([...images, join(folder, "damaged.squashfs")]);
		for (const [at, [{ name, make }]] of cases.entries())
			expect([name, listings[at]]).toEqual([name, expectedListing(make())]);
		expect(listings.slice(cases.length)).toEqual([["refused: Invalid argument"]]);
	},
);
