import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { createExpandPool } from "../../../src/codec/index.js";
import { bufferContent, type Content } from "../../../src/ground/bytes/index.js";
import { contentSlice, openFileContent } from "../../../src/ground/files/index.js";
import { checkImage } from "../../../src/squashfs/kernel/index.js";
import { openImage, SoundBlockSearch } from "../../../src/squashfs/read/index.js";
import { mixture, noise, text } from "../../support/block-samples.js";
import { directory, file } from "../../support/inodes.js";
import { imageBytes } from "../../support/squashfs-images.js";

const MEGABYTE = 1 << 20;
const JOBS = [1, 3];

describe("the blocks of an image of several megabytes", async () => {
	const body = Buffer.concat([mixture(3 * MEGABYTE, 1), new Uint8Array(300_000), noise(700_000, 2)]);
	const tree = { root: directory({ body: file(body), again: file(body), end: file(text(5000, 3)) }) };
	const image = await imageBytes(tree, { compressor: { name: "xz", tier: "fast" } });

	function sound(bytes: Uint8Array, jobs: number, limit: number = Number.POSITIVE_INFINITY) {
		return soundOf(bufferContent(bytes), jobs, limit);
	}

	async function soundOf(content: Content, jobs: number, limit: number = Number.POSITIVE_INFINITY) {
		const opened = openImage(content);
		const files = [...opened.entries()].flatMap((found) => (found.kind === "file" ? [found.content] : []));
		const pool = createExpandPool({ compressor: "xz", blockSize: opened.superblock.blockSize, jobs });
		try {
			const search = new SoundBlockSearch(content, opened, { pool, limit });
			for (const stored of files) search.add(stored);
			return await search.finish();
		} finally {
			await pool.close();
		}
	}

	function entry(path: string) {
		const found = [...openImage(bufferContent(image)).entries()].find((other) => other.path === path);
		if (found?.kind !== "file") throw new Error(`${path}: expected a file`);
		return found;
	}

	test.each(JOBS)(
		"are all expanded by %i workers, but for those (and a tail) that are stored raw",
		async (jobs) => {
			const { names } = await sound(image, jobs);
			const raw = entry("body")
				.content.stored()
				.words.filter((word) => word >= 1 << 24).length;
			expect(raw).toBeGreaterThan(0);
			expect(entry("end").content.check(new Set(names))).toBe(0);
			expect(entry("body").content.check(new Set(names))).toBeLessThanOrEqual((raw + 1) * 131_072);
			expect(names.size).toBeGreaterThan(10);
		},
	);

	test("that are damaged are left out, whatever the number of workers", async () => {
		const damaged = Buffer.from(image);
		const { start, length } = entry("body").content.stored();
		for (const share of [0.1, 0.11, 0.2]) damaged[start + Math.floor(share * length)]! ^= 1;
		const [some, same] = await Promise.all(JOBS.map((jobs) => sound(damaged, jobs)));
		const { names } = await sound(image, 1);
		expect(some!.names.size).toBeLessThan(names.size);
		expect([...same!.names].sort()).toEqual([...some!.names].sort());
		for (const name of some!.names) expect(names).toContain(name);
		const verdicts = await Promise.all(
			JOBS.map((jobs) => checkImage(bufferContent(damaged), "root.squashfs", { jobs })),
		);
		expect(verdicts[0]!.findings).toHaveLength(1);
		expect(verdicts[0]!.findings[0]).toMatchObject({ code: "IMAGE_DAMAGED" });
		expect(verdicts[0]!.findings[0]!.message).toMatch(/data block at \d+: expand: xz block: /);
		expect(verdicts[1]).toEqual(verdicts[0]);
	});

	test("are found by workers that were started before", async () => {
		const opened = openImage(bufferContent(image));
		const pool = createExpandPool({ compressor: "xz", blockSize: opened.superblock.blockSize, jobs: 2 });
		pool.start();
		pool.start();
		try {
			const search = new SoundBlockSearch(bufferContent(image), opened, { pool, limit: MEGABYTE * 16 });
			for (const found of opened.entries()) {
				if (found.kind === "file") search.add(found.content);
				await new Promise(setImmediate);
			}
			expect(await search.finish()).toEqual(await sound(image, 1));
		} finally {
			await pool.close();
		}
	});

	test("show their heads in the order of the image", async () => {
		const opened = openImage(bufferContent(image));
		const pool = createExpandPool({ compressor: "xz", blockSize: opened.superblock.blockSize, jobs: 1 });
		const search = new SoundBlockSearch(bufferContent(image), opened, { pool, limit: MEGABYTE * 16 });
		for (const path of ["end", "body"]) search.add(entry(path).content);
		const places: number[] = [];
		const { bytes } = await search.finish((head, what) => {
			expect(head.subarray(0, 6)).toEqual(Buffer.from("fd377a585a00", "hex"));
			places.push(Number(/ (\d+)$/.exec(what)![1]));
		});
		await pool.close();
		expect(places).toEqual(places.toSorted((a, b) => a - b));
		expect(places).toHaveLength(bytes / 131_072);
	});

	test("are few where they may not expand to more", async () => {
		const { names } = await sound(image, 3, MEGABYTE);
		expect(names.size).toBeLessThanOrEqual(MEGABYTE / 131_072);
	});

	test("are none where the lists of blocks cannot be read, which a finding says", async () => {
		const damaged = Buffer.from(image);
		const { fragmentTable } = openImage(bufferContent(image)).superblock;
		damaged.fill(0xff, fragmentTable, fragmentTable! + 8);
		expect((await sound(damaged, 1)).names.size).toBe(0);
		const { findings } = await checkImage(bufferContent(damaged), "root.squashfs", { jobs: 1 });
		expect(findings.map(({ code }) => code)).toEqual(["IMAGE_FRAGMENT_INDEX"]);
	});

	test("are found in files that the workers read themselves as in bytes that this thread has", async () => {
		const path = join(mkdtempSync(join(tmpdir(), "pvpkg-test-")), "image");
		writeFileSync(path, Buffer.concat([Buffer.alloc(7), image]));
		const content = openFileContent(path);
		rmSync(dirname(path), { recursive: true });
		const part = contentSlice(content, 7, image.length);
		const [read, copied] = [await soundOf(part, 2), await sound(image, 2)];
		content.close();
		expect([...read.names].sort()).toEqual([...copied.names].sort());
		expect(read.bytes).toBe(copied.bytes);
	});
});
