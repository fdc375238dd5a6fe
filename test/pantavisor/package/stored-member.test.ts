import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { GzipEncoder } from "../../../src/codec/index.js";
import { openFileContent, readFilePlace } from "../../../src/ground/files/index.js";
import { openStoredMember } from "../../../src/pantavisor/package/stored-member.js";

let folder: string;
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "pvpkg-stored-member-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A gzip member of a short deflated stretch, and of bytes that are stored. */
function writeMember(stored: Uint8Array): string {
	const encoder = new GzipEncoder();
	const parts = [encoder.header(), encoder.deflate(Buffer.alloc(5000, "json ")), encoder.store(stored)];
	const path = join(folder, "member.gz");
	writeFileSync(path, Buffer.concat([...parts, encoder.finish()]));
	return path;
}

test("stored bytes lie in pieces of the file, which other threads read", async () => {
	const bytes = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * i * 31) >> 7));
	const path = writeMember(bytes);
	const member = (await openStoredMember(openFileContent(path)))!;
	try {
		expect(member.size).toBe(305_000);
		for (const [position, size] of [
			[0, 300_000],
			[100_000, 45_000],
			[65_530, 100],
		] as const) {
			const pieces = member.pieces!(5000 + position, size)!;
			const read = pieces.map((piece) =>
				readFilePlace(piece, (fill) => {
					const part = Buffer.alloc(piece.size);
					fill(part, 0);
					return part;
				}),
			);
			expect(Buffer.concat(read).equals(bytes.subarray(position, position + size))).toBe(true);
		}
		expect(member.pieces!(5000, 300_000)!.length).toBeGreaterThan(4);
	} finally {
		member.close();
	}
	expect(readFileSync(path).length).toBeLessThan(302_000);
});

test("bytes that were deflated lie nowhere", async () => {
	const member = (await openStoredMember(openFileContent(writeMember(Buffer.alloc(100_000, 1)))))!;
	try {
		expect(member.pieces!(4000, 2000)).toBeUndefined();
		expect(member.pieces!(100, 10)).toBeUndefined();
	} finally {
		member.close();
	}
});
