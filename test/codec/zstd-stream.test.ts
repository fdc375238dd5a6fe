import { describe, expect, test } from "vitest";
import { createCompressor } from "../../src/codec/index.js";
import { decodeZstdStream } from "../../src/codec/zstd-stream.js";
import { noise, records, text } from "../support/block-samples.js";
import { chunked, collect } from "../support/chunks.js";

const WINDOW = 128 << 20;
const block = Buffer.concat([text(60_000, 1), records(60_000, 2)]);
const frame = Buffer.from(createCompressor({ name: "zstd", level: 3 }, 131_072).compress(block, "data")!);

// Made by zstd 1.5.4 of "pvpkg " eleven times, with a checksum.
const CHECKED = Buffer.from("28b52ffd2442650000307076706b6720010089548aa97bcc16", "hex");

function skippable(length: number): Buffer {
	const bytes = Buffer.alloc(8 + length);
	bytes.writeUInt32LE(0x184d2a57, 0);
	bytes.writeUInt32LE(length, 4);
	return bytes;
}

async function expand(bytes: Uint8Array, size = 65_536, window = WINDOW): Promise<Buffer> {
	return collect(decodeZstdStream(chunked(bytes, size), window));
}

describe("decodeZstdStream", () => {
	test.each([1, 7, 1000, 1 << 20])("takes chunks of %i bytes", async (size) => {
		expect((await expand(frame, size)).equals(block)).toBe(true);
	});

	test("nothing is nothing", async () => {
		expect(await expand(Buffer.alloc(0), 1)).toHaveLength(0);
	});

	test("leaves skippable frames out", async () => {
		const stream = Buffer.concat([skippable(0), frame, skippable(70_000), frame, skippable(3)]);
		expect((await expand(stream)).equals(Buffer.concat([block, block]))).toBe(true);
	});

	test("a stored and a repeated block in a frame without content size", async () => {
		const stream = Buffer.from("28b52ffd0000 180000 616263 2b0000 7a".replaceAll(" ", ""), "hex");
		expect((await expand(stream)).toString()).toBe("abczzzzz");
	});

	test("XXH64 behind a frame is verified", async () => {
		expect((await expand(CHECKED)).toString()).toBe("pvpkg ".repeat(11));
		const wrong = Buffer.from(CHECKED);
		wrong[wrong.length - 1]! ^= 1;
		await expect(expand(wrong)).rejects.toThrow(/wrong checksum/);
	});

	test.each([
		["another format", Buffer.from("1f8b0800000000", "hex")],
		["a cut magic number", frame.subarray(0, 3)],
		["a cut header", frame.subarray(0, 6)],
		["a cut block", frame.subarray(0, frame.length - 1)],
		["bytes behind the last frame", Buffer.concat([frame, Buffer.from("tail")])],
		["a cut skippable frame", skippable(10).subarray(0, 12)],
		["a reserved block type", Buffer.from("28b52ffd0000070000", "hex")],
		["a block longer than its window", Buffer.from("28b52ffd0000292000 7a".replace(" ", ""), "hex")],
		["a content size that is not met", Buffer.from("28b52ffd2005190000616263", "hex")],
	])("refuses %s", async (_, stream) => {
		await expect(expand(stream)).rejects.toMatchObject({ code: "ERR_CODEC_DATA" });
	});

	test("refuses dictionaries", async () => {
		const stream = Buffer.from("28b52ffd01000719000061626364", "hex");
		await expect(expand(stream)).rejects.toMatchObject({ code: "ERR_CODEC_UNSUPPORTED" });
	});

	test("refuses larger windows than it may use", async () => {
		await expect(expand(frame, 1000, 65_536)).rejects.toMatchObject({ code: "ERR_CODEC_UNSUPPORTED" });
	});

	test("closes its source when the reader stops", async () => {
		let closed = false;
		async function* source(): AsyncGenerator<Uint8Array> {
			try {
				for (;;) yield frame;
			} finally {
				closed = true;
			}
		}
		for await (const _ of decodeZstdStream(source(), WINDOW)) break;
		expect(closed).toBe(true);
	});

	test("a damaged stream is an error, whatever is damaged", async () => {
		const noisy = Buffer.from(
			createCompressor({ name: "zstd", level: 3 }, 131_072).compress(
				Buffer.concat([noise(200, 1), text(3000, 2)]),
				"data",
			)!,
		);
		for (let at = 0; at < noisy.length; at += 3) {
			const damaged = Buffer.from(noisy);
			damaged[at]! ^= 0x10;
			await expand(damaged).catch((error: unknown) => {
				expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_CODEC_(DATA|UNSUPPORTED)$/) });
			});
		}
	});
});
