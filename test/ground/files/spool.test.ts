import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Content, contentBytes, sha256Hex } from "../../../src/ground/bytes/index.js";
import { Spool } from "../../../src/ground/files/index.js";
import { chunked } from "../../support/chunks.js";
import { noise } from "../../support/inodes.js";

let directory: string;
let spool: Spool;

beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "spool-"));
	spool = Spool.create(directory);
});

afterEach(() => {
	spool.close();
	rmSync(directory, { recursive: true });
});

function append(bytes: Uint8Array, chunkSize?: number): Promise<Content> {
	return spool.append(chunked(bytes, chunkSize), bytes.length);
}

test("nothing of it is ever in the directory", async () => {
	expect(readdirSync(directory)).toEqual([]);
	await append(noise(3_000_000, 1));
	expect(readdirSync(directory)).toEqual([]);
});

test("bodies of all sizes come back, with their digest", async () => {
	const bodies = [0, 1, 1000, 65_536, 262_143, 262_144, 1_048_576, 3_000_000].map((size) =>
		noise(size, size),
	);
	const contents: Content[] = [];
	for (const body of bodies) {
		contents.push(await append(body), await append(body, 4000));
		// Read at once: part of it is not in the file yet.
		expect(Buffer.from(contentBytes(contents.at(-1)!)).equals(body)).toBe(true);
	}
	for (const [i, content] of contents.entries()) {
		const body = bodies[i >> 1]!;
		expect(content.size).toBe(body.length);
		expect(content.sha256).toBe(sha256Hex(body));
		expect(Buffer.from(contentBytes(content)).equals(body)).toBe(true);
	}
});

test("any part of any body can be read", async () => {
	const bodies = [noise(900_000, 1), noise(500_000, 2), noise(10, 3)];
	const contents: Content[] = [];
	for (const body of bodies) contents.push(await append(body, 70_000));
	const part = fc.record({ body: fc.nat(2), position: fc.nat(900_000), length: fc.nat(400_000) });
	fc.assert(
		fc.property(part, ({ body: index, position, length }) => {
			const body = bodies[index]!;
			const from = position % body.length;
			const to = Math.min(body.length, from + length);
			const target = new Uint8Array(to - from);
			contents[index]!.read(target, from);
			expect(Buffer.from(target).equals(body.subarray(from, to))).toBe(true);
		}),
	);
});

test("reads straight into shared memory", async () => {
	const body = noise(2_000_000, 5);
	const content = await append(body);
	const target = new Uint8Array(new SharedArrayBuffer(100), 10, 50);
	content.read(target, 1_000_000);
	expect([...target]).toEqual([...body.subarray(1_000_000, 1_000_050)]);
});

test("sparse files read as zeros between their extents", async () => {
	const extent = fc.record({ gap: fc.nat(5000), length: fc.nat(5000) });
	await fc.assert(
		fc.asyncProperty(
			fc.array(extent, { maxLength: 6 }),
			fc.nat(200_000),
			fc.nat(10_000),
			fc.nat(10_000),
			async (gaps, tail, position, length) => {
				let end = 0;
				const extents = gaps.map((each) => {
					const offset = end + each.gap;
					end = offset + each.length;
					return { offset, length: each.length };
				});
				const file = Buffer.alloc(end + tail);
				for (const { offset, length } of extents) file.set(noise(length, offset + 1), offset);
				const data = extents.map(({ offset, length }) => file.subarray(offset, offset + length));
				const content = await spool.append(chunked(Buffer.concat(data), 777), file.length, extents);
				expect(content.sha256).toBe(sha256Hex(file));
				const from = Math.min(position, file.length);
				const target = new Uint8Array(Math.min(length, file.length - from)).fill(0xee);
				content.read(target, from);
				expect(Buffer.from(target).equals(file.subarray(from, from + target.length))).toBe(true);
			},
		),
		{ numRuns: 50 },
	);
});

test("a body that is not as long as promised", async () => {
	const short = spool.append(chunked(noise(10, 1)), 11);
	await expect(short).rejects.toThrow(/shorter/);
	const long = spool.append(chunked(noise(10, 1), 4), 9);
	await expect(long).rejects.toThrow(/longer/);
	expect(Buffer.from(contentBytes(await append(noise(10, 2)))).equals(noise(10, 2))).toBe(true);
});

test("reading beyond the end, and after close", async () => {
	const content = await append(noise(2_000_000, 1));
	expect(() => content.read(new Uint8Array(2), 1_999_999)).toThrow(RangeError);
	spool.close();
	expect(() => content.read(new Uint8Array(2), 0)).toThrow(TypeError);
	spool.close();
});

test("a directory that is not there", () => {
	expect(() => Spool.create(join(directory, "no"))).toThrow(
		expect.objectContaining({ code: "ERR_FILE_NOT_FOUND", message: expect.stringContaining("spool in ") }),
	);
});
