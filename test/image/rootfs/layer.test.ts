import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { Digest, ImageLayer } from "../../../src/image/oci/index.js";
import { type LayerOptions, openLayerTar } from "../../../src/image/rootfs/index.js";
import { chunked, collect } from "../../support/chunks.js";
import { memoryLayer } from "../../support/layers.js";
import { tarball } from "../../support/tar-builder.js";
import { file } from "../../support/tar-members.js";

const archive = tarball(file("a", "x".repeat(5000)), file("b", "y".repeat(3000)));
const packed = gzipSync(archive);

function read(layer: ImageLayer, options: LayerOptions = {}): Promise<Buffer> {
	return collect(openLayerTar(layer, options));
}

/** The layer, in chunks of `size` bytes. */
function cut(layer: ImageLayer, stored: Uint8Array, size: number): ImageLayer {
	return { ...layer, open: () => chunked(stored, size) };
}

function concat(...parts: readonly (Uint8Array | string)[]): Buffer {
	return Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part)));
}

describe("opens", () => {
	const table: readonly (readonly [row: string, stored: Uint8Array])[] = [
		["plain tar; plain-labelled-gzip: media types are not believed", archive],
		["gzip", packed],
		["gzip-members", concat(gzipSync(archive.subarray(0, 700)), gzipSync(archive.subarray(700)))],
		["an empty gzip member", concat(gzipSync(""), packed)],
	];

	test.each(table)("%s", async (_row, stored) => {
		const layer = memoryLayer(stored, archive);
		expect((await read(layer)).equals(archive)).toBe(true);
		for (const size of [1, 10, 1000])
			expect((await read(cut(layer, stored, size))).equals(archive)).toBe(true);
	});

	test("a layer of no bytes at all", async () => {
		expect(await read(memoryLayer(new Uint8Array(0)))).toHaveLength(0);
	});

	test("a tar whose first file is called like a bzip2 stream", async () => {
		const other = tarball(file("BZh9"));
		expect((await read(memoryLayer(other))).equals(other)).toBe(true);
	});

	test("a diffID of SHA-512", async () => {
		const diffId = `sha512:${createHash("sha512").update(archive).digest("hex")}` as Digest;
		expect(await read(memoryLayer(packed, archive, diffId))).toHaveLength(archive.length);
	});

	test("more than waits in any buffer", async () => {
		const big = Buffer.alloc(5_000_000, "some text that goes on and on ");
		const stored = gzipSync(big);
		expect((await read(cut(memoryLayer(stored, big), stored, 3000))).equals(big)).toBe(true);
	});
});

describe("refuses", () => {
	const crc = Buffer.from(packed);
	crc[crc.length - 8]! ^= 1;
	const table: readonly (readonly [row: string, stored: Uint8Array, code: string, message: RegExp])[] = [
		["gzip-trailing-zeros", concat(packed, Buffer.alloc(100)), "ERR_LAYER_DATA", /something follows/],
		["one zero behind gzip", concat(packed, "\0"), "ERR_LAYER_DATA", /something follows/],
		["gzip-trailing-garbage", concat(packed, "garbage"), "ERR_LAYER_DATA", /gzip/],
		["one byte behind gzip", concat(packed, "g"), "ERR_LAYER_DATA", /gzip: unexpected end/],
		["zeros between gzip members", concat(packed, "\0\0", packed), "ERR_LAYER_DATA", /something follows/],
		["gzip-bad-crc", crc, "ERR_LAYER_DATA", /incorrect data check/],
		["gzip that ends early", packed.subarray(0, -5), "ERR_LAYER_DATA", /unexpected end/],
		["xz", Buffer.from("fd377a585a000004", "hex"), "ERR_LAYER_COMPRESSION", /got xz/],
		["bzip2", Buffer.from("425a6839314159265359", "hex"), "ERR_LAYER_COMPRESSION", /got bzip2/],
		[
			"diffid-wrong",
			concat(archive, "\0"),
			"ERR_LAYER_DIFF_ID",
			/diffID: expected sha256:\w{64}, got sha256:\w{64}/,
		],
	];

	test.each(table)("%s", async (_row, stored, code, message) => {
		const layer = memoryLayer(stored, archive);
		for (const size of [stored.length, stored.length - 1, 50]) {
			await expect(read(cut(layer, stored, size))).rejects.toMatchObject({
				code,
				message: expect.stringMatching(message),
			});
			await expect(read(cut(layer, stored, size))).rejects.toThrow(`layer ${layer.descriptor.digest}: `);
		}
	});

	test("a layer that expands to more than allowed", async () => {
		const bomb = gzipSync(Buffer.alloc(50_000_000));
		await expect(read(memoryLayer(bomb), { maximumSize: 1_000_000 })).rejects.toMatchObject({
			code: "ERR_LAYER_SIZE",
			message: expect.stringMatching(/expected at most 1000000 bytes/),
		});
	});

	test("what the source throws comes out as it is", async () => {
		const layer = memoryLayer(packed, archive);
		const cause = new Error("connection lost");
		const open = async function* (): AsyncGenerator<Uint8Array> {
			yield packed.subarray(0, 100);
			throw cause;
		};
		await expect(read({ ...layer, open })).rejects.toBe(cause);
	});

	test("an aborted run", async () => {
		const controller = new AbortController();
		controller.abort(new Error("interrupted"));
		await expect(read(memoryLayer(packed), { signal: controller.signal })).rejects.toThrow("interrupted");
	});
});

test("progress counts the stored bytes", async () => {
	const counts: number[] = [];
	const layer = memoryLayer(packed, archive);
	await read(cut(layer, packed, 40), { onProgress: (_layer, bytes) => counts.push(bytes) });
	expect(counts.at(-1)).toBe(packed.length);
	expect(counts).toEqual([...counts].sort((a, b) => a - b));
});

test("a layer that cannot be unpacked closes the source", async () => {
	let closed = false;
	const open = async function* (): AsyncGenerator<Uint8Array> {
		try {
			for (;;) yield Buffer.from("fd377a585a000004deadbeef", "hex");
		} finally {
			closed = true;
		}
	};
	await expect(read({ ...memoryLayer(archive), open })).rejects.toThrow(/got xz/);
	expect(closed).toBe(true);
});

test("a reader that stops early closes the source", async () => {
	let closed = false;
	const endless = gzipSync(Buffer.alloc(30_000_000, "abc"));
	const open = async function* (): AsyncGenerator<Uint8Array> {
		try {
			yield* chunked(endless, 1000);
		} finally {
			closed = true;
		}
	};
	for await (const _ of openLayerTar({ ...memoryLayer(endless), open })) break;
	expect(closed).toBe(true);
});

describe("zstd", () => {
	const skippable = Buffer.from("552a4d1803000000aabbcc", "hex");

	/** One frame of one raw block: what a packer writes that gives up. */
	function frame(bytes: Uint8Array): Buffer {
		const header = Buffer.from("28b52ffd0058", "hex");
		const block = Buffer.alloc(3);
		block.writeUIntLE((bytes.length << 3) | 1, 0, 3);
		return concat(header, block, bytes);
	}

	test("frames, one or several, and a skippable one in front", async () => {
		const halves = concat(frame(archive.subarray(0, 700)), frame(archive.subarray(700)));
		for (const stored of [frame(archive), halves, concat(skippable, halves)]) {
			expect((await read(cut(memoryLayer(stored, archive), stored, 99))).equals(archive)).toBe(true);
		}
	});

	test("a frame that ends early", async () => {
		const layer = memoryLayer(frame(archive).subarray(0, -5), archive);
		await expect(read(layer)).rejects.toMatchObject({ code: "ERR_LAYER_DATA" });
	});
});
