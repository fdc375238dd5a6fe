import { expect, test } from "vitest";
import type { CompressorOptions } from "../../../src/codec/index.js";
import { bufferContent } from "../../../src/ground/bytes/index.js";
import { BlockKeys } from "../../../src/squashfs/cache/block-store.js";

const XZ: CompressorOptions = { name: "xz", tier: "fast" };
const [one, other] = [bufferContent(Buffer.from("one")), bufferContent(Buffer.from("other"))];
const keysOf = (compressor: CompressorOptions = XZ, blockSize = 131_072) =>
	new BlockKeys({ compressor, blockSize });
const piece = (content = one, position = 0, size = 3) => ({ content, position, size });

// A block of another dictionary, filter or place would be a sound record and a wrong block.
test("everything that decides the bytes of a block is part of its name", () => {
	const names = [
		keysOf().name("data", [piece()]),
		keysOf(XZ, 65_536).name("data", [piece()]),
		keysOf({ ...XZ, tier: "best" }).name("data", [piece()]),
		keysOf({ ...XZ, bcj: "x86" }).name("data", [piece()]),
		keysOf({ ...XZ, dictionarySize: 8192 }).name("data", [piece()]),
		keysOf({ name: "lz4", highCompression: false }).name("data", [piece()]),
		keysOf().name("fragment", [piece()]),
		keysOf().name("grouping", [piece()]),
		keysOf().name("data", [piece(other)]),
		keysOf().name("data", [piece(one, 1)]),
		keysOf().name("data", [piece(one, 0, 2)]),
		keysOf().name("fragment", [piece(), piece(other)]),
		keysOf().name("fragment", [piece(other), piece()]),
		keysOf().nameBytes("metadata", Buffer.from("one")),
		keysOf(XZ, 65_536).nameBytes("metadata", Buffer.from("one")),
		keysOf().nameBytes("metadata", Buffer.from("other")),
	];
	expect(new Set(names).size).toBe(names.length);
	expect(names.every((name) => name.length === 32)).toBe(true);
});

test("the same block has the same name, however its compressor is written", () => {
	const name = keysOf().name("data", [piece()]);
	expect(keysOf({ tier: "fast", name: "xz", bcj: undefined }).name("data", [piece()])).toBe(name);
	expect(keysOf().name("data", [piece(bufferContent(Buffer.from("one")))])).toBe(name);
});
