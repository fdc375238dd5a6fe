import fc from "fast-check";
import { expect, test } from "vitest";
import {
	decodeReference,
	encodeMetadataBlock,
	encodeReference,
	METADATA_BLOCK_SIZE,
	MetadataWriter,
} from "../../../src/squashfs/format/metadata-writer.js";

const raw = () => undefined;
const halve = (block: Uint8Array) => block.subarray(0, block.length >> 1);

// docs/formats/squashfs.md#metadata-blocks: "after a block fills exactly, the next record is (next block, 0)"
test("the position after a full block is the next block", () => {
	const writer = new MetadataWriter(raw);
	expect(writer.position).toEqual({ block: 0, offset: 0 });
	writer.append(new Uint8Array(METADATA_BLOCK_SIZE - 1));
	expect(writer.position).toEqual({ block: 0, offset: 8191 });
	writer.append(new Uint8Array(1));
	expect(writer.position).toEqual({ block: 8194, offset: 0 });
	writer.append(new Uint8Array(3 * METADATA_BLOCK_SIZE));
	expect(writer.position).toEqual({ block: 4 * 8194, offset: 0 });
});

test("blocks are counted as they are stored", () => {
	const writer = new MetadataWriter(halve);
	writer.append(new Uint8Array(METADATA_BLOCK_SIZE + 10));
	expect(writer.position).toEqual({ block: 4098, offset: 10 });
	expect(writer.finish().map((block) => block.length)).toEqual([4098, 7]);
});

test("nothing appended is not a block", () => {
	expect(new MetadataWriter(raw).finish()).toEqual([]);
});

test("a block's header has its stored size, and whether it is raw", () => {
	expect([...encodeMetadataBlock(Buffer.from("abcd"), raw)]).toEqual([4, 0x80, 97, 98, 99, 100]);
	expect([...encodeMetadataBlock(Buffer.from("abcd"), halve)]).toEqual([2, 0, 97, 98]);
	expect([...encodeMetadataBlock(new Uint8Array(8192), raw).subarray(0, 2)]).toEqual([0x00, 0xa0]);
});

test("records lie one after the other over all blocks", () => {
	fc.assert(
		fc.property(fc.array(fc.uint8Array({ maxLength: 20_000 }), { maxLength: 8 }), (records) => {
			const writer = new MetadataWriter(raw);
			const positions = records.map((record) => {
				const { position } = writer;
				writer.append(record);
				return position;
			});
			const plain = Buffer.concat(writer.finish().map((block) => block.subarray(2)));
			expect(plain.equals(Buffer.concat(records))).toBe(true);
			let at = 0;
			for (const [i, { block, offset }] of positions.entries()) {
				expect((block / 8194) * 8192 + offset).toBe(at);
				at += records[i]!.length;
			}
		}),
		{ numRuns: 50 },
	);
});

test("references hold a block and an offset", () => {
	expect(encodeReference({ block: 0x12345678, offset: 0x1fff })).toBe(0x12345678_1fff);
	fc.assert(
		fc.property(fc.nat(2 ** 31 - 1), fc.nat(8191), (block, offset) => {
			expect(decodeReference(encodeReference({ block, offset }))).toEqual({ block, offset });
		}),
	);
});
