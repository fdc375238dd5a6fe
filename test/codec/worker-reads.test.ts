import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type BlockPool, createBlockPool } from "../../src/codec/index.js";
import { readStretchList, StretchListWriter } from "../../src/codec/stretch-list.js";
import {
	bufferContent,
	type Content,
	contentBytes,
	type Stretch,
	sha256Hex,
	utf8ByteString,
} from "../../src/ground/bytes/index.js";
import { readFileStatus, Spool, TreeFile } from "../../src/ground/files/index.js";

const BLOCK_SIZE = 16_384;

let directory: string;
let pool: BlockPool;

beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "pvpkg-worker-reads-"));
	pool = createBlockPool({
		compressor: { name: "gzip", level: 6, windowLog: 15 },
		blockSize: BLOCK_SIZE,
		jobs: 2,
	});
});

afterEach(async () => {
	await pool.close();
	rmSync(directory, { recursive: true });
});

function listedFile(name: string, bytes: Uint8Array): TreeFile {
	const path = utf8ByteString(join(directory, name));
	writeFileSync(join(directory, name), bytes);
	return new TreeFile(path, bytes.length, readFileStatus(path).version);
}

/** The same content, which fails when this thread reads it. */
function unreadHere(content: Content): Content {
	return {
		size: content.size,
		read: () => {
			throw new Error("read by the main thread");
		},
		place: (position, size) => content.place?.(position, size),
	};
}

function whole(content: Content): Stretch {
	return { content, position: 0, size: content.size };
}

function bodyOf(seed: number, length: number): Uint8Array {
	return Uint8Array.from({ length }, (_, i) => ((i * seed) >> 4) & 31);
}

describe("files that workers read", () => {
	test("become blocks, digests and samples without this thread", async () => {
		const bodies = Array.from({ length: 90 }, (_, i) => bodyOf(i + 1, 40 * i));
		const files = bodies.map((body, i) => unreadHere(listedFile(`a file ü ${i}`, body)));
		expect(await pool.digest(files)).toEqual(bodies.map((body) => sha256Hex(body)));
		const samples = await pool.sample(files.slice(1).map(whole), 1 << 27);
		const here = createBlockPool({ compressor: pool.compressor, blockSize: BLOCK_SIZE, jobs: 0 });
		const expected = await here.sample(
			bodies.slice(1).map((body) => whole(bufferContent(body))),
			1 << 27,
		);
		expect(Buffer.concat(samples).equals(Buffer.concat(expected))).toBe(true);
		const slot = await pool.reserve();
		const { bytes } = await slot.compress(files.slice(3, 9).map(whole), false);
		expect(inflateSync(bytes).equals(Buffer.concat(bodies.slice(3, 9)))).toBe(true);
	});

	test("are read in pieces where they lie in pieces", async () => {
		const bodies = Array.from({ length: 40 }, (_, i) => bodyOf(i + 1, 300 + 40 * i));
		const files = bodies.map((body, i) => listedFile(`whole ${i}`, body));
		const pieced = files.map((file): Content => {
			const piece = (position: number, size: number) => ({ ...file.place(position)!, size });
			const pieces = (at: number, size: number) => {
				const half = size >> 1;
				return [piece(at, 1), piece(at + 1, half), piece(at + 1 + half, size - 1 - half)];
			};
			return { ...unreadHere(file), place: () => undefined, pieces };
		});
		expect(await pool.digest(pieced)).toEqual(bodies.map((body) => sha256Hex(body)));
		const slot = await pool.reserve();
		const { bytes } = await slot.compress(pieced.slice(3, 9).map(whole), false);
		expect(inflateSync(bytes).equals(Buffer.concat(bodies.slice(3, 9)))).toBe(true);
	});

	test("are read from the places of a spool, and what waits in memory from there", async () => {
		const spool = Spool.create(directory);
		const bodies = [bodyOf(3, 700_000), bodyOf(5, 900_000), bodyOf(7, 300)];
		const contents: Content[] = [];
		for (const body of bodies) {
			contents.push(
				await spool.append(
					(async function* () {
						yield body;
					})(),
					body.length,
				),
			);
		}
		expect(contents.map((content) => content.place?.(0, content.size) !== undefined)).toEqual([
			true,
			true,
			false,
		]);
		for (const [i, content] of contents.entries()) {
			const slot = await pool.reserve();
			const size = Math.min(BLOCK_SIZE, content.size - 100);
			const stretch = { content: i < 2 ? unreadHere(content) : content, position: 100, size };
			const { bytes } = await slot.compress([stretch], false);
			expect(inflateSync(bytes).equals(bodies[i]!.subarray(100, 100 + size))).toBe(true);
		}
		spool.close();
	});

	test("that are longer than one reading have the digest of all their bytes", async () => {
		const body = bodyOf(11, 1_000_001);
		expect(await pool.digest([unreadHere(listedFile("long", body))])).toEqual([sha256Hex(body)]);
	});

	test("are holes where they are zeros, if a block may be one", async () => {
		const zeros = whole(unreadHere(listedFile("zeros", new Uint8Array(BLOCK_SIZE))));
		const hole = await (await pool.reserve()).compress([zeros], true);
		expect(hole).toEqual({ bytes: new Uint8Array(0), raw: false });
		const block = await (await pool.reserve()).compress([zeros], false);
		expect(inflateSync(block.bytes).equals(Buffer.alloc(BLOCK_SIZE))).toBe(true);
	});

	test.each<[string, (path: string) => void]>([
		["was written to after it was listed", (path) => appendFileSync(path, "!")],
		["is gone", (path) => rmSync(path)],
	])("are an error that names the file, once it %s", async (_, change) => {
		const files = ["one", "two", "three"].map((name) => listedFile(name, bodyOf(3, 500)));
		await new Promise((resolve) => setTimeout(resolve, 20));
		change(join(directory, "two"));
		await expect(pool.digest(files)).rejects.toThrow(/two: read: /);
		await expect(pool.sample(files.map(whole), 1 << 27)).rejects.toThrow(/two: read: /);
		const slot = await pool.reserve();
		await expect(slot.compress(files.map(whole), false)).rejects.toThrow(/two: read: /);
		// The slots are free again.
		const again = await Promise.all(Array.from({ length: pool.slots }, () => pool.reserve()));
		for (const { release } of again) release();
	});

	test("come in lists, of which those are refused that do not fit", () => {
		const memory = new Uint8Array(400);
		const list = new StretchListWriter(memory);
		const listed = [listedFile("a", bodyOf(1, 10)), listedFile("b", bodyOf(1, 20))];
		let count = 0;
		while (list.add({ content: listed[count % 2]!, position: count, size: 5 })) count++;
		expect(count).toBeGreaterThan(1);
		const read = readStretchList(memory.subarray(0, list.length));
		expect(read).toEqual(
			Array.from({ length: count }, (_, i) => ({
				pieces: [{ ...listed[i % 2]!.place(i), size: 5 }],
				size: 5,
			})),
		);
		expect(list.add(whole(bufferContent(contentBytes(listed[0]!))))).toBe(false);
	});
});
