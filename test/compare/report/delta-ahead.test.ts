import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { GzipEncoder } from "../../../src/codec/index.js";
import { newBlockBytes } from "../../../src/compare/report/block-delta.js";
import { cutContent } from "../../../src/compare/report/chunk-delta.js";
import { DeltaAhead } from "../../../src/compare/report/delta-ahead.js";
import { filePieces, PiecesContent } from "../../../src/compare/report/file-pieces.js";
import { bufferContent, type Content, contentBytes } from "../../../src/ground/bytes/index.js";
import { contentSlice, openFileContent } from "../../../src/ground/files/index.js";
import { openStoredMember } from "../../../src/pantavisor/package/stored-member.js";
import { noise } from "../../support/inodes.js";

const directory = mkdtempSync(join(tmpdir(), "pvpkg-delta-"));
afterAll(() => rmSync(directory, { recursive: true }));

function fileOf(name: string, bytes: Uint8Array) {
	const path = join(directory, name);
	writeFileSync(path, bytes);
	return openFileContent(path);
}

/** A content whose parts lie here and there in a file, as those of a package that stores them do. */
function scattered(file: Content, lengths: readonly number[], gap: number): Content {
	const starts = lengths.map((_, i) => lengths.slice(0, i).reduce((sum, each) => sum + each + gap, gap));
	const ends = lengths.map((_, i) => lengths.slice(0, i + 1).reduce((sum, each) => sum + each, 0));
	const partAt = (position: number): number => ends.findIndex((end) => position < end);
	return {
		size: ends.at(-1) ?? 0,
		read(target, position) {
			for (const [i] of target.entries()) {
				const part = partAt(position + i);
				file.read(target.subarray(i, i + 1), starts[part]! + position + i - (ends[part]! - lengths[part]!));
			}
		},
		pieces(position, size) {
			return lengths.flatMap((length, i) => {
				const [first, end] = [ends[i]! - length, ends[i]!];
				const [from, to] = [Math.max(position, first), Math.min(position + size, end)];
				if (from >= to) return [];
				return [{ ...file.place!(starts[i]! + from - first, to - from)!, size: to - from }];
			});
		},
	};
}

describe("pieces of files", () => {
	const bytes = noise(20_000, 1);

	test("of any lengths are the content that they are of, wherever it is read", () => {
		const file = fileOf("scattered", bytes);
		const parts = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 30 });
		fc.assert(
			fc.property(parts, fc.nat(9), fc.nat(), fc.nat(), (lengths, gap, start, length) => {
				const content = scattered(file, lengths, gap);
				const pieces = filePieces(content)!;
				expect(pieces.map((piece) => piece.size)).toEqual(lengths);
				const shared = new PiecesContent(pieces);
				expect(shared.size).toBe(content.size);
				const [at, size] = [start % content.size, 0];
				const slice = contentSlice(shared, at, (length % (content.size - at)) + size);
				expect(contentBytes(slice)).toEqual(contentBytes(contentSlice(content, at, slice.size)));
			}),
			{ numRuns: 200 },
		);
		file.close();
	});

	test("are there of an object that a package has in stored blocks", async () => {
		const encoder = new GzipEncoder();
		const stored = noise(300_000, 4);
		const packed = Buffer.concat([encoder.header(), encoder.store(stored), encoder.finish()]);
		const member = (await openStoredMember(fileOf("package", packed)))!;
		const object = contentSlice(member, 1000, 290_000);
		const shared = new PiecesContent(filePieces(object)!);
		expect(contentBytes(shared)).toEqual(contentBytes(object));
		member.close();
	});

	test("are none of what lies in memory", () => {
		expect(filePieces(bufferContent(bytes))).toBeUndefined();
	});
});

describe("objects are looked at in another thread", () => {
	const large = noise(17 << 20, 2);
	const changed = Buffer.from(large);
	changed[9_000_000]! ^= 1;
	const small = bufferContent(noise(1000, 3));

	async function expectFacts(olds: readonly Content[], news: readonly Content[]): Promise<void> {
		const ahead = new DeltaAhead(olds, news);
		const { cuts, blocks4k } = await ahead.facts();
		await ahead.close();
		expect(blocks4k).toBe(await newBlockBytes(olds, news));
		expect(cuts).toEqual(await Promise.all(olds.map(cutContent)));
	}

	test("with the same result as in this one", async () => {
		const [old, next] = [fileOf("old", large), fileOf("new", changed)];
		await expectFacts([small, old], [next]);
		old.close();
		next.close();
	});

	test("a file that ends early is read here, which says what is wrong", async () => {
		const [old, next] = [fileOf("short", large), fileOf("next", changed)];
		writeFileSync(join(directory, "short"), "");
		const ahead = new DeltaAhead([old], [next]);
		await expect(ahead.facts()).rejects.toThrow(/short/);
		await ahead.close();
		old.close();
		next.close();
	});

	test("and in this one where they are in memory", async () => {
		await expectFacts([bufferContent(large)], [bufferContent(changed)]);
	});
});
