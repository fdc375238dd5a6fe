import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { contentBytes, contentSha256, sha256Hex, utf8ByteString } from "../../../src/ground/bytes/index.js";
import { FileHasher, TreeFile } from "../../../src/ground/files/index.js";

let directory: string;

beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "pvpkg-hasher-"));
});

afterEach(() => rmSync(directory, { recursive: true }));

function writeFiles(sizes: readonly number[]): TreeFile[] {
	return sizes.map((size, i) => {
		const path = join(directory, `file-${i}`);
		writeFileSync(path, Buffer.alloc(size, `${i} `));
		return new TreeFile(utf8ByteString(path), size);
	});
}

async function hashAll(files: readonly TreeFile[], threads: number): Promise<void> {
	const hasher = new FileHasher(threads);
	try {
		for (const file of files) hasher.add(file);
		await hasher.finish();
		// Whoever needs a digest may ask again.
		await hasher.finish();
	} finally {
		await hasher.close();
	}
}

describe("files hashed ahead", () => {
	test.each([0, 1, 3])("have their digests, with %i threads", async (threads) => {
		const files = writeFiles(Array.from({ length: 700 }, (_, i) => (i % 50 === 0 ? 1_500_000 : i)));
		await hashAll(files, threads);
		for (const file of files) expect(contentSha256(file)).toBe(sha256Hex(contentBytes(file)));
	});

	test("are hashed by other threads, as long as those have more to do than this one", async () => {
		const files = writeFiles(Array.from({ length: 40 }, () => 2_000_000));
		const hasher = new FileHasher(2);
		for (const file of files) hasher.add(file);
		const deadline = performance.now() + 100_000;
		while (files.every(({ sha256 }) => sha256 === undefined) && performance.now() < deadline) {
			await new Promise((resolve) => setTimeout(resolve, 5));
		}
		await hasher.close();
		expect(files.filter(({ sha256 }) => sha256 !== undefined)).not.toEqual([]);
	});

	test("that cannot be read are left to their reader", async () => {
		const files = writeFiles(Array.from({ length: 300 }, () => 100_000));
		for (let i = 0; i < 300; i += 7) rmSync(join(directory, `file-${i}`));
		const hasher = new FileHasher(1);
		for (const file of files) hasher.add(file);
		await hasher.finish();
		expect(() => files.map((file) => contentSha256(file))).toThrow(/file-0: read: /);
		expect(contentSha256(files[1]!)).toBe(sha256Hex(contentBytes(files[1]!)));
		await hasher.close();
	});

	test("that change afterwards are an error for their reader", async () => {
		const files = writeFiles(Array.from({ length: 300 }, () => 100_000));
		await hashAll(files, 1);
		await new Promise((resolve) => setTimeout(resolve, 20));
		for (let i = 0; i < 300; i++) writeFileSync(join(directory, `file-${i}`), Buffer.alloc(100_000, "x"));
		for (const file of files) expect(() => contentBytes(file)).toThrow(/the file changed while it was read/);
	});
});
