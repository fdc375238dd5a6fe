import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type BlockPool, createBlockPool } from "../../../src/codec/index.js";
import { bufferContent, type Content, utf8ByteString } from "../../../src/ground/bytes/index.js";
import { BlockCache, type BlockStore } from "../../../src/squashfs/cache/index.js";
import { DEFAULT_IMAGE_OPTIONS, type ImageOptions } from "../../../src/squashfs/format/index.js";
import { createDataWriter } from "../../../src/squashfs/write/data-writer.js";
import { createPrecompressor, type ImageEngine } from "../../../src/squashfs/write/index.js";
import { MemoryImage } from "../../support/memory-image.js";

const OPTIONS: ImageOptions = {
	...DEFAULT_IMAGE_OPTIONS,
	compressor: { name: "gzip", level: 6, windowLog: 15 },
	blockSize: 4096,
};

let directory: string;
let pool: BlockPool;
let store: BlockCache;

beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "pvpkg-precompress-"));
	pool = createBlockPool({ compressor: OPTIONS.compressor, blockSize: OPTIONS.blockSize, jobs: 2 });
	store = new BlockCache({ directory });
});

afterEach(async () => {
	await pool.close();
	store.close();
	rmSync(directory, { recursive: true });
});

/** A content that counts how often it is read. */
function counted(length: number, seed: number): Content & { reads: number } {
	const inner = bufferContent(
		Uint8Array.from({ length }, (_, i) => ((i >> 4) * seed) & 255),
		`${seed}`.padStart(64, "0"),
	);
	const content = {
		...inner,
		reads: 0,
		read(target: Uint8Array, position: number): void {
			content.reads++;
			inner.read(target, position);
		},
	};
	return content;
}

async function write(contents: readonly Content[], engine: ImageEngine): Promise<Buffer> {
	const files = contents.map((content) => ({ name: utf8ByteString("file"), content }));
	const image = new MemoryImage();
	await createDataWriter({ ...OPTIONS, order: "tree" }, engine)(files, image, 96, async () => {});
	return image.bytes;
}

test("blocks that were compressed ahead are not made again, and are the same", async () => {
	const contents = [counted(40_000, 3), counted(90_000, 5), counted(100, 7)];
	const plain = await write(contents, { pool });
	for (const content of contents) content.reads = 0;
	const ahead = createPrecompressor(OPTIONS, pool, store);
	for (const content of contents) ahead.offer(content);
	while (contents[1]!.reads < 21) await new Promise(setImmediate);
	await ahead.stop();
	expect(contents.map(({ reads }) => reads)).toEqual([9, 21, 0]);
	const image = await write(contents, { pool, store });
	// What is left are the tails.
	expect(contents.map(({ reads }) => reads)).toEqual([10, 22, 1]);
	expect(image.equals(plain)).toBe(true);
});

test("an image that shares its blocks with nobody takes what was compressed ahead, and keeps nothing", async () => {
	const contents = [counted(40_000, 3), counted(90_000, 5), counted(100, 7)];
	const plain = await write(contents, { pool });
	for (const content of contents) content.reads = 0;
	const ahead = createPrecompressor(OPTIONS, pool, store);
	ahead.offer(contents[0]!);
	while (contents[0]!.reads < 9) await new Promise(setImmediate);
	await ahead.stop();
	for (const content of contents) content.reads = 0;
	const kept: string[] = [];
	const early: BlockStore = { find: (key) => store.find(key), keep: (key) => kept.push(key) };
	const image = await write(contents, { pool, early });
	expect(contents.map(({ reads }) => reads)).toEqual([1, 22, 1]);
	expect(kept).toEqual([]);
	expect(image.equals(plain)).toBe(true);
});

test("a precompressor that is stopped leaves the rest to the writer", async () => {
	const contents = Array.from({ length: 20 }, (_, i) => counted(50_000, i + 1));
	const ahead = createPrecompressor(OPTIONS, pool, store);
	for (const content of contents) ahead.offer(content);
	await ahead.stop();
	ahead.offer(contents[19]!);
	expect(contents[19]!.reads).toBe(0);
	const image = await write(contents, { pool, store });
	expect(image.equals(await write(contents, { pool }))).toBe(true);
});

test("what cannot be read ahead is reported by the writer alone", async () => {
	const broken: Content = {
		size: 9000,
		sha256: "b".repeat(64),
		read() {
			throw new Error("disk on fire");
		},
	};
	const ahead = createPrecompressor(OPTIONS, pool, store);
	ahead.offer(broken);
	await ahead.stop();
	await expect(write([broken], { pool, store })).rejects.toThrow("disk on fire");
});
