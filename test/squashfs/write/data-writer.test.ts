import { inflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BlockPool, type CompressedBlock, readStretches } from "../../../src/codec/index.js";
import {
	bufferContent,
	type Content,
	contentSha256,
	type Stretch,
	sha256Hex,
	utf8ByteString,
} from "../../../src/ground/bytes/index.js";
import type { BlockKey, BlockStore } from "../../../src/squashfs/cache/index.js";
import {
	type DataLayout,
	DEFAULT_IMAGE_OPTIONS,
	type FileLayout,
	type FileLayouts,
	type ImageOptions,
	type NamedContent,
	RAW_DATA_BLOCK,
} from "../../../src/squashfs/format/index.js";
import { createDataWriter } from "../../../src/squashfs/write/data-writer.js";
import type { ImageEngine } from "../../../src/squashfs/write/index.js";
import { MemoryImage } from "../../support/memory-image.js";

const BLOCK = 4096;
const START = 96;
const OPTIONS: ImageOptions = {
	...DEFAULT_IMAGE_OPTIONS,
	compressor: { name: "gzip", level: 6, windowLog: 15 },
	blockSize: BLOCK,
};

function fileOf(content: Content | Uint8Array): NamedContent {
	return {
		name: utf8ByteString("file"),
		content: content instanceof Uint8Array ? bufferContent(content) : content,
	};
}

function text(length: number, seed = 1): Uint8Array {
	return Uint8Array.from({ length }, (_, i) => 97 + ((Math.imul(i ^ seed, 40_503) >>> 7) % 9));
}

function noise(length: number): Uint8Array {
	let state = 7;
	return Uint8Array.from({ length }, () => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return state >>> 24;
	});
}

async function write(
	files: readonly NamedContent[],
	options: Partial<ImageOptions> = {},
	engine: ImageEngine = { jobs: 0 },
): Promise<{ image: MemoryImage; layout: DataLayout }> {
	const image = new MemoryImage();
	let laid: FileLayouts | undefined;
	const writeData = createDataWriter({ ...OPTIONS, ...options }, engine);
	const layout = await writeData(files, image, START, async (found) => {
		laid = new Map([...found].map(([content, at]) => [content, structuredClone(at)]));
	});
	// What the inode tables were made of while fragments were still compressed is what came out in the end.
	expect(laid).toEqual(layout.files);
	return { image, layout };
}

function expand(image: MemoryImage, start: number, word: number): Buffer {
	const bytes = image.bytes.subarray(start, start + (word & (RAW_DATA_BLOCK - 1)));
	return (word & RAW_DATA_BLOCK) !== 0 ? bytes : inflateSync(bytes);
}

/** The bytes of a file as a reader of the image finds them. */
function readBack(
	image: MemoryImage,
	layout: DataLayout,
	{ blocks, ...at }: FileLayout,
	size: number,
): Buffer {
	const parts: Buffer[] = [];
	let { start } = at;
	for (const [i, word] of blocks.entries()) {
		parts.push(word === 0 ? Buffer.alloc(Math.min(BLOCK, size - i * BLOCK)) : expand(image, start, word));
		start += word & (RAW_DATA_BLOCK - 1);
	}
	if (at.fragment) {
		const entry = layout.fragments[at.fragment.index]!;
		const tails = expand(image, entry.start, entry.word);
		parts.push(tails.subarray(at.fragment.offset, at.fragment.offset + (size % BLOCK)));
	}
	return Buffer.concat(parts);
}

const sizes = fc.oneof(fc.constantFrom(0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK), fc.nat(4 * BLOCK));
const bodies = fc.oneof(
	sizes.map((size) => text(size)),
	fc.tuple(sizes, fc.nat(3)).map(([size, seed]) => text(size, seed)),
	sizes.map(noise),
	sizes.map((size) => new Uint8Array(size)),
);

describe("file data", () => {
	test("comes back whole, whatever the options", async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.array(bodies, { maxLength: 12 }),
				fc.constantFrom("small", "always", "none"),
				fc.constantFrom("similar", "tree"),
				fc.boolean(),
				async (contents, fragments, order, duplicates) => {
					const files = contents.map(fileOf);
					const { image, layout } = await write(files, { fragments, order, duplicates });
					for (const file of files) {
						const found = readBack(image, layout, layout.files.get(file.content)!, file.content.size);
						const bytes = Buffer.alloc(file.content.size);
						file.content.read(bytes, 0);
						expect(found.equals(bytes)).toBe(true);
					}
					expect(Math.max(START, image.bytes.length)).toBe(layout.end);
				},
			),
			{ numRuns: 60 },
		);
	});

	test("of quick compressors is grouped by names, and read once where nothing has its size", async () => {
		const names = ["a.so.1", "copyright", "b.mo", "c.so.2", "README", "copyright"];
		const reads = names.map(() => 0);
		const files = names.map((name, i) => {
			const { size, read } = bufferContent(text(700 + i, i));
			const counted = (target: Uint8Array, position: number): void => {
				reads[i]!++;
				read(target, position);
			};
			return { name: utf8ByteString(name), content: { size, read: counted } };
		});
		const options = { compressor: { name: "lz4", highCompression: false }, blockSize: 65_536 } as const;
		const { layout } = await write(files, options);
		const place = ({ content }: NamedContent): number => layout.files.get(content)!.fragment!.offset;
		const order = files.toSorted((a, b) => place(a) - place(b)).map(({ name }) => name);
		expect(order).toEqual(["a.so.1", "c.so.2", "copyright", "copyright", "README", "b.mo"]);
		expect(reads).toEqual([1, 1, 1, 1, 1, 1]);
	});

	test("is the same bytes for any number of jobs", async () => {
		const files = Array.from({ length: 60 }, (_, i) => fileOf(i % 5 ? text(i * 333, i) : noise(i * 700)));
		const digests = new Set<string>();
		for (const jobs of [0, 1, 2]) {
			const { image, layout } = await write(files, {}, { jobs });
			digests.add(sha256Hex(image.bytes) + JSON.stringify([...layout.files.values()]));
		}
		expect(digests.size).toBe(1);
	});

	test.each([
		{ size: 0, fragments: "always", blocks: 0, tail: false },
		{ size: 1, fragments: "small", blocks: 0, tail: true },
		{ size: BLOCK - 1, fragments: "small", blocks: 0, tail: true },
		{ size: BLOCK - 1, fragments: "none", blocks: 1, tail: false },
		{ size: BLOCK, fragments: "small", blocks: 1, tail: false },
		{ size: BLOCK, fragments: "always", blocks: 1, tail: false },
		{ size: BLOCK + 1, fragments: "small", blocks: 2, tail: false },
		{ size: BLOCK + 1, fragments: "always", blocks: 1, tail: true },
		{ size: 2 * BLOCK, fragments: "always", blocks: 2, tail: false },
	] as const)("of $size bytes, fragments $fragments: $blocks blocks, tail $tail", async (row) => {
		const file = fileOf(text(row.size));
		const { layout } = await write([file], { fragments: row.fragments });
		const { blocks, fragment, sparse } = layout.files.get(file.content)!;
		expect({ blocks: blocks.length, tail: fragment !== undefined, sparse }).toEqual({
			blocks: row.blocks,
			tail: row.tail,
			sparse: 0,
		});
	});

	test("has holes for zero blocks, which take no space; zero tails are not holes", async () => {
		const body = Buffer.concat([new Uint8Array(2 * BLOCK), text(BLOCK), new Uint8Array(BLOCK + 5)]);
		const [file, zeros] = [fileOf(body), fileOf(new Uint8Array(BLOCK))];
		const { layout } = await write([file, zeros], { fragments: "always" });
		const { blocks, start, sparse, fragment } = layout.files.get(file.content)!;
		expect(blocks.map((word) => word === 0)).toEqual([true, true, false, true]);
		expect({ start, sparse, fragment }).toEqual({
			start: START,
			sparse: 3 * BLOCK,
			fragment: { index: 0, offset: 0 },
		});
		expect(layout.files.get(zeros.content)).toMatchObject({ start: 0, blocks: [0], sparse: BLOCK });
		const end = fileOf(new Uint8Array(BLOCK + 5));
		const whole = await write([end], { fragments: "none" });
		expect(whole.layout.files.get(end.content)).toMatchObject({ blocks: [0, 0], sparse: BLOCK + 5 });
		expect(layout.fragments[0]!.word).toBeGreaterThan(0);
	});

	test("is stored raw where compressing does not make it shorter, or is not wanted", async () => {
		const [still, plain] = [fileOf(noise(BLOCK)), fileOf(text(BLOCK + 9))];
		const mixed = await write([still, plain], { fragments: "small" });
		expect(mixed.layout.files.get(still.content)!.blocks).toEqual([BLOCK | RAW_DATA_BLOCK]);
		expect(mixed.layout.files.get(plain.content)!.blocks[0]).toBeLessThan(BLOCK);
		const raw = await write([still, plain], { fragments: "always", rawData: true });
		expect(raw.layout.files.get(plain.content)!.blocks).toEqual([BLOCK | RAW_DATA_BLOCK]);
		const rawTails = await write([still, plain], { fragments: "always", rawFragments: true });
		expect(rawTails.layout.fragments[0]!.word).toBe(9 | RAW_DATA_BLOCK);
	});

	test("of equal files is stored once, unless that is not wanted", async () => {
		const files = [text(9000), noise(50), text(9000), noise(50), text(9001)].map(fileOf);
		const { image, layout } = await write(files);
		expect(layout.files.get(files[2]!.content)).toBe(layout.files.get(files[0]!.content));
		expect(layout.files.get(files[3]!.content)).toBe(layout.files.get(files[1]!.content));
		expect(layout.files.get(files[4]!.content)).not.toEqual(layout.files.get(files[0]!.content));
		const twice = await write(files, { duplicates: false });
		expect(twice.image.bytes.length).toBeGreaterThan(image.bytes.length);
	});

	test("believes a digest that a content knows, and reads nothing for it", async () => {
		const known = (size: number, sha256: string): Content => ({ ...bufferContent(text(size), sha256) });
		const files = [known(300, "aa"), known(300, "bb"), known(300, "aa")].map(fileOf);
		const { layout } = await write(files);
		expect(layout.files.get(files[2]!.content)).toBe(layout.files.get(files[0]!.content));
		expect(layout.files.get(files[1]!.content)).not.toEqual(layout.files.get(files[0]!.content));
	});

	test("is read once to be compared with others, and once to be written", async () => {
		// One size, so that each may be a copy of another; the first two are.
		const bodies = [text(3000, 1), text(3000, 1), ...[2, 3, 4, 5].map((seed) => text(3000, seed * 7919))];
		const reads = bodies.map(() => 0);
		const files = bodies.map((body, i) => {
			const { size, read } = bufferContent(body);
			const counted = (target: Uint8Array, position: number): void => {
				reads[i]!++;
				read(target, position);
			};
			return fileOf({ size, read: counted });
		});
		const { layout } = await write(files);
		// The two that may be equal are read for their digests, and the copy is not written.
		expect(reads).toEqual([3, 2, 2, 2, 2, 2]);
		expect(layout.files.get(files[1]!.content)).toBe(layout.files.get(files[0]!.content));
	});

	test("is the same bytes whether digests are known or not", async () => {
		const bodies = [text(3000, 1), text(9000, 2), text(3000, 1), noise(3000), text(9000, 2), text(5, 1)];
		const unknown = await write(bodies.map(fileOf));
		const files = bodies.map(fileOf);
		for (const { content } of files) contentSha256(content);
		expect((await write(files)).image.bytes).toEqual(unknown.image.bytes);
	});

	test("is written in large pieces, and progress reaches the total", async () => {
		const files = Array.from({ length: 700 }, (_, i) =>
			fileOf(Buffer.concat([noise(BLOCK - 4), Buffer.of(i, i >> 8, 1, 1)])),
		);
		const progress: [number, number][] = [];
		const { image } = await write(files, {}, { jobs: 0, onProgress: (...at) => progress.push(at) });
		expect(image.writes.length).toBe(3);
		expect(Math.min(...image.writes.slice(0, -1))).toBeGreaterThanOrEqual(1 << 20);
		expect(progress.at(-1)).toEqual([700 * BLOCK, 700 * BLOCK]);
		expect(progress.every(([done], i) => i === 0 || done > progress[i - 1]![0])).toBe(true);
	});
});

/** A pool that finishes its oldest block last, and counts what is under way. */
class ContraryPool implements BlockPool {
	readonly compressor = OPTIONS.compressor;
	readonly blockSize = BLOCK;
	readonly jobs = 1;
	readonly slots = 4;
	readonly #open: (() => void)[] = [];
	#free = 4;
	reserved = 0;

	async reserve(): ReturnType<BlockPool["reserve"]> {
		while (this.#free === 0) {
			await new Promise(setImmediate);
			this.#open.pop()?.();
		}
		this.#free--;
		this.reserved++;
		const input = new Uint8Array(BLOCK);
		return {
			release: () => {
				this.#free++;
			},
			compress: (stretches) => {
				const length = readStretches(stretches, input);
				return new Promise<CompressedBlock>((resolve) => {
					this.#open.push(() => {
						this.#free++;
						resolve({ bytes: input.slice(0, length), raw: true });
					});
					setTimeout(() => this.#open.pop()?.(), 5);
				});
			},
		};
	}

	async digest(contents: readonly Content[]): Promise<readonly string[]> {
		return contents.map(contentSha256);
	}

	async sample(stretches: readonly Stretch[]): Promise<readonly Uint8Array[]> {
		return stretches.map(({ size }) => Buffer.from(Uint32Array.of(0, size, 0).buffer));
	}

	async close(): Promise<void> {}
}

describe("the way into the image", () => {
	test("keeps the order of blocks, and holds back when the first of them is slow", async () => {
		const pool = new ContraryPool();
		const file = fileOf(noise(200 * BLOCK));
		let ahead = 0;
		const { image, layout } = await write(
			[file],
			{},
			{
				pool,
				onProgress: (done) => {
					ahead = Math.max(ahead, pool.reserved - done / BLOCK);
				},
			},
		);
		expect(
			readBack(image, layout, layout.files.get(file.content)!, 200 * BLOCK).equals(noise(200 * BLOCK)),
		).toBe(true);
		expect(ahead).toBeLessThanOrEqual(3 * pool.slots);
	});

	test.each([0, 1])("with %i jobs ends with the error of a content that cannot be read", async (jobs) => {
		const broken: Content = {
			size: 9 * BLOCK,
			read(_, position) {
				if (position > 4 * BLOCK) throw new Error("disk on fire");
			},
		};
		await expect(write([text(50_000), broken].map(fileOf), {}, { jobs })).rejects.toThrow("disk on fire");
	});

	test("makes no block twice that a store has, and the same bytes with and without one", async () => {
		const known = new Map<BlockKey, CompressedBlock | Promise<CompressedBlock>>();
		const kept: BlockKey[] = [];
		const store: BlockStore = {
			find: (key) => known.get(key),
			keep: (key, block) => {
				known.set(key, block);
				kept.push(key);
			},
		};
		const bodies = [text(9000), noise(5000), new Uint8Array(3 * BLOCK), text(77, 3), new Uint8Array(50)];
		const plain = await write(bodies.map(fileOf));
		const cold = await write(bodies.map(fileOf), {}, { jobs: 0, store });
		const made = kept.splice(0).length;
		const warm = await write(bodies.map(fileOf), {}, { jobs: 0, store });
		expect([made > 5, kept.length]).toEqual([true, 0]);
		for (const { image, layout } of [cold, warm]) {
			expect(image.bytes.equals(plain.image.bytes)).toBe(true);
			expect([...layout.files.values()]).toEqual([...plain.layout.files.values()]);
		}
		await write(
			bodies.map(fileOf),
			{ compressor: { name: "gzip", level: 5, windowLog: 15 } },
			{ jobs: 0, store },
		);
		expect(kept.length).toBe(made);
	});

	test("refuses a pool of other options", async () => {
		const pool = { ...new ContraryPool(), blockSize: 8192 } as unknown as BlockPool;
		await expect(write([fileOf(text(9))], {}, { pool })).rejects.toThrow(TypeError);
	});
});
