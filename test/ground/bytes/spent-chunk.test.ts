import { expect, test } from "vitest";
import { freeChunk, passAndFree } from "../../../src/ground/bytes/index.js";

test("a chunk that has its memory for itself is freed at once", () => {
	const chunk = new Uint8Array(100_000).fill(7);
	freeChunk(chunk);
	expect(chunk.buffer.byteLength).toBe(0);
	expect(chunk).toHaveLength(0);
	freeChunk(chunk);
});

test.each<[string, Uint8Array]>([
	["shares its memory", new Uint8Array(new ArrayBuffer(100_000), 0, 50_000)],
	["is small", new Uint8Array(100)],
	["is shared by threads", new Uint8Array(new SharedArrayBuffer(100_000))],
])("a chunk that %s is left alone", (_, chunk) => {
	const { length } = chunk;
	chunk.fill(7);
	freeChunk(chunk);
	expect(chunk).toHaveLength(length);
	expect(chunk[length - 1]).toBe(7);
});

test("memory does not gather while chunks are freed", () => {
	const before = process.memoryUsage().arrayBuffers;
	for (let i = 0; i < 200; i++) freeChunk(new Uint8Array(1 << 20).fill(i));
	expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50 << 20);
});

test("a stream that is passed on holds one piece of memory at a time, and leaves shared memory alone", async () => {
	const own = Array.from({ length: 5 }, (_, i) => new Uint8Array(100_000).fill(i));
	const shared = new Uint8Array(new SharedArrayBuffer(100_000));
	const parts = [own[0]!.subarray(0, 300), own[0]!.subarray(300), ...own.slice(1), shared];
	async function* chunks(): AsyncGenerator<Uint8Array> {
		yield* parts;
	}
	const held: number[] = [];
	for await (const chunk of passAndFree(chunks())) {
		expect(chunk.length).toBeGreaterThan(0);
		held.push(own.filter(({ length }) => length > 0).length);
	}
	expect(held).toEqual([5, 5, 4, 3, 2, 1, 0]);
	expect(shared).toHaveLength(100_000);
});
