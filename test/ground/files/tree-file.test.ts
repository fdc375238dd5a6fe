import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { contentBytes, contentSha256, sha256Hex, utf8ByteString } from "../../../src/ground/bytes/index.js";
import { TreeFile } from "../../../src/ground/files/index.js";

let directory: string;

beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "pvpkg-tree-"));
});

afterEach(() => rmSync(directory, { recursive: true }));

describe("a content that is opened at each read", () => {
	test("is what the file holds, and has its digest", () => {
		const path = join(directory, "file");
		writeFileSync(path, "some text");
		const content = new TreeFile(utf8ByteString(path), 9);
		expect(Buffer.from(contentBytes(content)).toString()).toBe("some text");
		expect(contentSha256(content)).toBe(sha256Hex("some text"));
	});

	test.each<[string, (path: string) => void]>([
		["was written to", (path) => appendFileSync(path, "!")],
		["was replaced", (path) => renameSync(`${path}.new`, path)],
		["became shorter", (path) => writeFileSync(path, "some")],
		["is gone", (path) => rmSync(path)],
	])("is an error once the file %s", async (_, change) => {
		const path = join(directory, "file");
		writeFileSync(path, "some text");
		const content = new TreeFile(utf8ByteString(path), 9);
		contentBytes(content);
		writeFileSync(`${path}.new`, "other one");
		await new Promise((resolve) => setTimeout(resolve, 20));
		change(path);
		expect(() => contentBytes(content)).toThrow(/file: (read|open)/);
	});
});

test("the digest of a content is computed once, or believed", () => {
	let reads = 0;
	const content = {
		size: 3,
		read: (target: Uint8Array) => {
			reads++;
			target.fill(65);
		},
	};
	expect(contentSha256(content)).toBe(sha256Hex("AAA"));
	expect(contentSha256(content)).toBe(sha256Hex("AAA"));
	expect(reads).toBe(1);
	expect(contentSha256({ ...content, sha256: "known" })).toBe("known");
	expect(reads).toBe(1);
});

test("the digest of a large content is that of all its bytes", () => {
	const bytes = Buffer.alloc(700_001, "abcdefg");
	const content = {
		size: bytes.length,
		read: (target: Uint8Array, position: number) => {
			target.set(bytes.subarray(position, position + target.length));
		},
	};
	expect(contentSha256(content)).toBe(sha256Hex(bytes));
});
