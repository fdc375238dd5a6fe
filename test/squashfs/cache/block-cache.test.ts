import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
	chmodSync,
	chownSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	symlinkSync,
	truncateSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CompressedBlock } from "../../../src/codec/index.js";
import { byteString } from "../../../src/ground/bytes/index.js";
import { CacheKey } from "../../../src/ground/store/index.js";
import {
	BlockCache,
	type BlockCacheOptions,
	type BlockKey,
	blockMemory,
	verifyBlocks,
} from "../../../src/squashfs/cache/index.js";

let directory: string;
const secret = new CacheKey("of the tests");
const caches: BlockCache[] = [];
const warnings: string[] = [];

beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "pvpkg-cache-"));
});

afterEach(() => {
	for (const cache of caches.splice(0)) cache.close();
	warnings.length = 0;
	rmSync(directory, { recursive: true });
});

function openCache(options: Partial<BlockCacheOptions> = {}): BlockCache {
	const cache = new BlockCache({
		directory,
		key: secret,
		onWarning: (message) => warnings.push(message),
		...options,
	});
	caches.push(cache);
	return cache;
}

function key(i: number): BlockKey {
	return byteString(Uint8Array.from({ length: 32 }, (_, at) => (i * 31 + at * 7) & 255));
}

function block(i: number, size = 100 + i): CompressedBlock {
	return { bytes: Uint8Array.from({ length: size }, (_, at) => (i + at * i) & 255), raw: i % 3 === 0 };
}

/** A run that makes these blocks, finding what it can: returns which it had to make. */
function run(numbers: readonly number[], options: Partial<BlockCacheOptions> = {}, size?: number): number[] {
	const cache = openCache(options);
	const made = numbers.filter((i) => {
		const found = cache.find(key(i));
		if (found !== undefined) {
			expect(Buffer.compare((found as CompressedBlock).bytes, block(i, size).bytes)).toBe(0);
			expect((found as CompressedBlock).raw).toBe(block(i, size).raw);
			return false;
		}
		cache.keep(key(i), block(i, size));
		return true;
	});
	cache.commit();
	cache.close();
	return made;
}

const packs = (): string[] => readdirSync(directory).filter((name) => name.endsWith(".blocks"));
const packPath = (): string => join(directory, packs()[0]!);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe("the block cache", () => {
	test("finds in a later run what an earlier one kept", () => {
		expect(run(upTo(20))).toEqual(upTo(20));
		expect(run(upTo(25))).toEqual([20, 21, 22, 23, 24]);
		expect(run(upTo(25))).toEqual([]);
		expect(packs().length).toBe(2);
		expect(readdirSync(directory).length).toBe(2);
	});

	test("finds in the same run what was kept, and what is still in work", async () => {
		const cache = openCache();
		cache.keep(key(1), block(1));
		expect(Buffer.compare((cache.find(key(1)) as CompressedBlock).bytes, block(1).bytes)).toBe(0);
		const work = Promise.resolve(block(2));
		cache.keep(key(2), work);
		expect(cache.find(key(2))).toBe(work);
		await work;
		await new Promise(setImmediate);
		expect(cache.find(key(2))).not.toBeInstanceOf(Promise);
		cache.keep(key(3), Promise.reject(new Error("no block")));
		await new Promise(setImmediate);
		expect(cache.find(key(3))).toBeUndefined();
	});

	test("reads a block into memory that is large enough for it, and into no other", () => {
		run([1, 2], {}, 4096);
		const cache = openCache();
		const memory = blockMemory(4096);
		const first = cache.find(key(1), memory) as CompressedBlock;
		expect(first.bytes.buffer).toBe(memory.buffer);
		expect(Buffer.compare(first.bytes, block(1, 4096).bytes)).toBe(0);
		const second = cache.find(key(2), memory.subarray(0, 4096)) as CompressedBlock;
		expect(second.bytes.buffer).not.toBe(memory.buffer);
		expect(Buffer.compare(second.bytes, block(2, 4096).bytes)).toBe(0);
		cache.keep(key(3), block(3, 4096));
		expect((cache.find(key(3), memory) as CompressedBlock).bytes.buffer).toBe(memory.buffer);
	});

	test("frees the memory of a block that it was given, once it is written and where nobody found it", async () => {
		const cache = openCache();
		const [given, found, shared] = [block(1, 20_000), block(2, 20_000), block(3, 20_000)];
		cache.keep(key(1), Promise.resolve(given), true);
		cache.keep(key(2), Promise.resolve(found), true);
		cache.keep(key(3), Promise.resolve(shared));
		expect(await cache.find(key(2))).toBe(found);
		await new Promise(setImmediate);
		expect([given, found, shared].map(({ bytes }) => bytes.length)).toEqual([0, 20_000, 20_000]);
		expect(Buffer.compare((cache.find(key(1)) as CompressedBlock).bytes, block(1, 20_000).bytes)).toBe(0);
	});

	test("leaves nothing of a run that was not committed", () => {
		const cache = openCache();
		cache.keep(key(1), block(1));
		cache.close();
		cache.keep(key(2), block(2));
		cache.close();
		expect(readdirSync(directory)).toEqual([]);
	});

	test("makes no file when there is nothing new", () => {
		openCache({ directory: join(directory, "absent") }).commit();
		expect(readdirSync(directory)).toEqual([]);
	});
});

describe("a damaged cache", () => {
	test("never gives wrong bytes, whatever bit is flipped", () => {
		run(upTo(6));
		const sound = readFileSync(packPath());
		fc.assert(
			fc.property(fc.nat(sound.length * 8 - 1), (bit) => {
				for (const name of packs()) rmSync(join(directory, name));
				const damaged = Buffer.from(sound);
				damaged[bit >> 3]! ^= 1 << (bit & 7);
				writeFileSync(join(directory, "damaged.blocks"), damaged);
				warnings.length = 0;
				const made = run(upTo(6));
				// The unused upper bytes of a number are the only place where a flip may go unnoticed.
				if (made.length > 0) expect(warnings.length).toBe(1);
				expect(run(upTo(6))).toEqual([]);
			}),
			{ numRuns: 150 },
		);
	});

	test("has a name that cannot be looked at", () => {
		run([1, 2]);
		symlinkSync("loop.blocks", join(directory, "loop.blocks"));
		expect(run([1, 2, 3])).toEqual([3]);
		expect(warnings).toEqual([]);
	});

	test("is recomputed where a block is damaged, reported once, and whole again afterwards", () => {
		run(upTo(10));
		const bytes = readFileSync(packPath());
		bytes[8 + 133 + 50]! ^= 1;
		bytes[8 + 133 + 134 + 50]! ^= 1;
		writeFileSync(packPath(), bytes);
		const damaged = packs()[0]!;
		expect(run(upTo(10))).toEqual([1, 2]);
		expect(warnings).toEqual([expect.stringContaining(`${damaged}: read blocks: damaged`)]);
		expect(packs()).not.toContain(damaged);
		expect(run(upTo(10))).toEqual([]);
	});

	test("never gives a block under the key of another", () => {
		run([1, 2]);
		const bytes = readFileSync(packPath());
		const trailer = bytes.length - 64;
		const index = bytes.subarray(trailer - 160, trailer);
		// The same entries with their keys exchanged.
		const keys = [0, 80].map((at) => Buffer.from(index.subarray(at, at + 32)));
		index.set(keys[1]!, 0);
		index.set(keys[0]!, 80);
		writeFileSync(packPath(), bytes);
		expect(run([1, 2])).toEqual([1, 2]);
		expect(warnings.length).toBe(1);
	});

	test("never gives what somebody without the key has put there, whole and consistent as it may be", () => {
		run(upTo(4), { key: new CacheKey("a stranger's") });
		expect(run(upTo(4))).toEqual(upTo(4));
		expect(warnings).toEqual([expect.stringContaining("made with another key are not used")]);
		expect(run(upTo(4), { key: undefined })).toEqual(upTo(4));
	});

	test("is told by verify, which removes it, and leaves other people's alone", () => {
		run(upTo(4), { key: new CacheKey("a colleague's") });
		run(upTo(4));
		run([7, 8]);
		const name = packs().find((pack) =>
			readFileSync(join(directory, pack)).includes(Buffer.from(block(7).bytes)),
		)!;
		const bytes = readFileSync(join(directory, name));
		bytes[8 + 40]! ^= 1;
		writeFileSync(join(directory, name), bytes);
		expect(verifyBlocks(directory, secret)).toEqual({ sound: 1, foreign: 1, damaged: [name] });
		expect(verifyBlocks(directory, secret)).toEqual({ sound: 1, foreign: 1, damaged: [] });
	});

	test("of any length is as good as empty", () => {
		run(upTo(4));
		const whole = statSync(packPath()).size;
		const sound = readFileSync(packPath());
		for (let length = 0; length < whole; length += 13) {
			for (const name of packs()) rmSync(join(directory, name));
			writeFileSync(join(directory, "cut.blocks"), sound);
			truncateSync(join(directory, "cut.blocks"), length);
			expect(run(upTo(4))).toEqual(upTo(4));
			expect(packs()).not.toContain("cut.blocks");
		}
	});

	test("that may not be written is read all the same", () => {
		run(upTo(3));
		chmodSync(directory, 0o555);
		const root = process.geteuid?.() === 0;
		// Packs can be read by who made them alone.
		if (root) for (const name of packs()) chownSync(join(directory, name), 65534, 65534);
		if (root) process.seteuid!(65534);
		let made: readonly number[];
		try {
			made = run(upTo(5));
		} finally {
			if (root) process.seteuid!(0);
			chmodSync(directory, 0o700);
		}
		expect(made).toEqual([3, 4]);
		expect(warnings).toEqual([expect.stringContaining("cache blocks")]);
	});

	test("that cannot be a directory is reported once, and nothing else happens", () => {
		writeFileSync(join(directory, "file"), "");
		expect(run(upTo(3), { directory: join(directory, "file") })).toEqual(upTo(3));
		expect(warnings.length).toBe(1);
	});
});

describe("a full cache", () => {
	const age = (name: string, seconds: number): void => utimesSync(join(directory, name), seconds, seconds);

	test("loses what was used longest ago", () => {
		run([1], {}, 5000);
		const first = packs()[0]!;
		run([2], {}, 5000);
		const second = packs().find((name) => name !== first)!;
		age(first, 1000);
		age(second, 2000);
		expect(run([1], {}, 5000)).toEqual([]);
		run([4], { maximumBytes: 11_000 }, 5000);
		expect(packs()).toContain(first);
		expect(packs()).not.toContain(second);
		expect(packs().length).toBe(2);
	});

	test("keeps to its size, even if nothing fits", () => {
		run(upTo(30), { maximumBytes: 1000 });
		expect(packs()).toEqual([]);
		expect(run(upTo(30))).toEqual(upTo(30));
	});

	test("moves on what is of use of a pack that mostly is not", () => {
		run(upTo(50));
		const old = packs()[0]!;
		expect(run([7, 8])).toEqual([]);
		expect(packs().length).toBe(2);
		rmSync(join(directory, old));
		expect(run([7, 8, 9])).toEqual([9]);
	});
});

describe("a cache of several processes", () => {
	const script = (first: number, last: number, kill = false): string => `
		const { BlockCache } = await import(${JSON.stringify(new URL("../../../src/squashfs/cache/index.js", import.meta.url))});
		const { CacheKey } = await import(${JSON.stringify(new URL("../../../src/ground/store/index.js", import.meta.url))});
		const key = new CacheKey("of the tests");
		const cache = new BlockCache({ directory: ${JSON.stringify(directory)}, key });
		for (let i = ${first}; i < ${last}; i++) {
			const name = String.fromCharCode(...Uint8Array.from({ length: 32 }, (_, at) => (i * 31 + at * 7) & 255));
			const bytes = Uint8Array.from({ length: 100 + i }, (_, at) => (i + at * i) & 255);
			if (!cache.find(name)) cache.keep(name, { bytes, raw: i % 3 === 0 });
			await new Promise((resolve) => setTimeout(resolve, 1));
		}
		if (${kill}) process.kill(process.pid, "SIGKILL");
		cache.commit();
		cache.close();`;
	const start = (first: number, last: number, kill = false): Promise<unknown[]> =>
		once(spawn(process.execPath, ["--input-type=module", "-e", script(first, last, kill)]), "exit");

	test("has what all of them kept", async () => {
		const ends = await Promise.all([start(0, 40), start(20, 60), start(30, 80)]);
		expect(ends.map(([code]) => code)).toEqual([0, 0, 0]);
		expect(run(upTo(80))).toEqual([]);
		expect(warnings).toEqual([]);
	});

	test("is sound after one was killed, and nothing of it stays", async () => {
		await start(0, 10);
		expect(await start(5, 30, true)).toEqual([null, "SIGKILL"]);
		expect(readdirSync(directory).length).toBe(2);
		expect(run(upTo(12))).toEqual([10, 11]);
		expect(readdirSync(directory).every((name) => name.endsWith(".blocks"))).toBe(true);
	});

	// It would wait in the system, where neither timer nor signal reaches it.
	test("does not wait for a pipe that nobody writes to", () => {
		execFileSync("mkfifo", [join(directory, "pipe.blocks")]);
		const options = { timeout: 100_000, killSignal: "SIGKILL" } as const;
		const { status } = spawnSync(process.execPath, ["--input-type=module", "-e", script(0, 3)], options);
		expect(status).toBe(0);
		expect(run(upTo(3))).toEqual([]);
	});

	test("does not mind a pack that vanishes while it is used", () => {
		run(upTo(10));
		const early = openCache();
		expect(early.find(key(1))).toBeDefined();
		const late = openCache();
		rmSync(packPath());
		expect(early.find(key(2))).toBeDefined();
		expect(late.find(key(2))).toBeUndefined();
		early.commit();
		late.commit();
		expect(warnings).toEqual([]);
	});
});
