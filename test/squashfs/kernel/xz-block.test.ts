import { describe, expect, test } from "vitest";
import { readXzDemands } from "../../../src/squashfs/kernel/xz-block.js";

/** The headers of an .xz stream with one block; what follows is not looked at. */
function stream(
	check: number,
	filters: readonly (readonly number[])[],
	flags = filters.length - 1,
): Uint8Array {
	const body = [flags, ...filters.flat()];
	const size = Math.ceil((body.length + 1 + 4) / 4) * 4;
	const block = [size / 4 - 1, ...body];
	const header = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, check, 0, 0, 0, 0];
	return Uint8Array.from([...header, ...block, ...Array.from({ length: size - block.length + 20 }, () => 0)]);
}

const lzma2 = (bits: number): readonly number[] => [0x21, 1, bits];

// .xz file format 1.2.0, sections 2.1.1, 3.1 and 5.3
describe("what an xz block asks of a kernel", () => {
	test.each([
		[
			"CRC32, 128 KiB",
			stream(1, [lzma2(0x0a)]),
			{ check: 1, dictionary: 131_072, filters: [], hasOffset: false },
		],
		[
			"CRC64, 1 MiB",
			stream(4, [lzma2(0x10)]),
			{ check: 4, dictionary: 1 << 20, filters: [], hasOffset: false },
		],
		[
			"SHA-256, 192 KiB",
			stream(10, [lzma2(0x0b)]),
			{ check: 10, dictionary: 196_608, filters: [], hasOffset: false },
		],
		[
			"x86",
			stream(1, [[4, 0], lzma2(0x0a)]),
			{ check: 1, dictionary: 131_072, filters: [4], hasOffset: false },
		],
		[
			"x86 with an offset",
			stream(1, [[4, 4, 0, 16, 0, 0], lzma2(0x0a)]),
			{ check: 1, dictionary: 131_072, filters: [4], hasOffset: true },
		],
		[
			"delta, then ARM",
			stream(1, [[3, 1, 3], [7, 0], lzma2(0x0a)]),
			{ check: 1, dictionary: 131_072, filters: [3, 7], hasOffset: true },
		],
	])("%s", (_, block, demands) => {
		expect(readXzDemands(block)).toEqual(demands);
	});

	test.each([
		["nothing", new Uint8Array(0)],
		["a header that is cut", stream(1, [lzma2(0x0a)]).subarray(0, 16)],
		["another last filter", stream(1, [[0x20, 1, 0]])],
		["an integer without an end", stream(1, [[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]], 0)],
	])("%s is not a stream", (_, block) => {
		expect(readXzDemands(block)).toBeUndefined();
	});
});
