import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contentBytes } from "../../../src/ground/bytes/index.js";
import { TarError } from "../../../src/ground/tar/index.js";
import { type BlobFile, type ImageLayer, OciError, parseDigest } from "../../../src/image/oci/index.js";
import { type FlattenOptions, flatten, UnpackedLayers } from "../../../src/image/rootfs/index.js";
import { blobFile, memoryLayer, withTree } from "../../support/layers.js";
import { tarball } from "../../support/tar-builder.js";
import { dir, file, hardlink, symlink, xattr } from "../../support/tar-members.js";
import { listTree } from "../../support/tree-listing.js";

const ASIDE: FlattenOptions = { threadFrom: 0 };
const HERE: FlattenOptions = { threadFrom: Number.POSITIVE_INFINITY };

const gzipped = (archive: Uint8Array): ImageLayer => memoryLayer(gzipSync(archive), archive);

/** What becomes of layers: their tree, or the error; and the warnings on the way. */
async function outcome(layers: readonly ImageLayer[], options: FlattenOptions) {
	const warnings: string[] = [];
	const onWarning = (message: string): unknown => warnings.push(message);
	try {
		return { tree: await withTree(layers, { ...options, onWarning }, listTree), warnings };
	} catch (error) {
		return { error, warnings };
	}
}

const many = tarball(
	...Array.from({ length: 3000 }, (_, i) => file(`file-${i}`, "x".repeat(i % 700), { mtime: i })),
);
const odd = tarball(
	dir("etc/"),
	file("etc/os", "base", xattr("user.tag", "a\0\xff")),
	file("etc/caf\xe9", "Latin-1"),
	symlink("etc/link", "os"),
	file("big", Buffer.alloc(3_000_000, "some text that goes on ")),
	hardlink("etc/again", "etc/os"),
);
const upper = tarball(file("etc/.wh.os", ""), file("file-7", "seven"), file("late", "late"));

describe("layers that a thread unpacks give the same tree", () => {
	test.each([
		["one of gzip", [gzipped(odd)]],
		["one of plain tar", [memoryLayer(odd)]],
		["one without a byte", [memoryLayer(new Uint8Array(0))]],
		["more entries than are on their way", [gzipped(many)]],
		["several over each other", [gzipped(odd), memoryLayer(many), gzipped(upper)]],
	])("%s", async (_, layers) => {
		const expected = await outcome(layers, HERE);
		expect(expected.tree).toBeDefined();
		expect(await outcome(layers, ASIDE)).toEqual(expected);
	});

	test("large ones beside small ones, which this thread unpacks", async () => {
		const layers = [memoryLayer(odd), gzipped(upper), memoryLayer(many)];
		expect(await outcome(layers, { threadFrom: 1_000_000 })).toEqual(await outcome(layers, HERE));
	});

	test("files can be read as soon as they are offered", async () => {
		const sizes: number[] = [];
		const onContent = (content: Parameters<typeof contentBytes>[0]): unknown =>
			sizes.push(contentBytes(content).length);
		await withTree([gzipped(many)], { ...ASIDE, onContent }, () => {});
		expect(sizes).toEqual(Array.from({ length: 3000 }, (_, i) => i % 700));
	});
});

describe("layers that a thread unpacks fail in the same way", () => {
	const packed = gzipSync(many);
	const spoiled = Buffer.from(packed);
	spoiled[packed.length - 6]! ^= 1;
	/** With another system in the header of gzip, and with another byte in a file. */
	const otherHeader = Buffer.from(packed).fill(packed[9]! ^ 1, 9, 10);
	const otherBody = Buffer.from(many).fill(7, 1024, 1025);
	const header = Buffer.from(many);
	header[512 * 4001]! ^= 1;
	const wrong = parseDigest(`sha256:${"0".repeat(64)}`);
	const late = tarball(file("a", "a"), hardlink("b", "nowhere"));
	test.each([
		["a wrong checksum", [memoryLayer(spoiled, many)], "ERR_LAYER_DATA"],
		["cut short", [memoryLayer(packed.subarray(0, -100), many)], "ERR_LAYER_DATA"],
		["something after the end", [memoryLayer(Buffer.concat([packed, Buffer.of(0)]), many)], "ERR_LAYER_DATA"],
		[
			"packed in a way that is not supported",
			[memoryLayer(Buffer.from("fd377a585a000004", "hex"))],
			"ERR_LAYER_COMPRESSION",
		],
		["another archive than promised", [memoryLayer(packed, many, wrong)], "ERR_LAYER_DIFF_ID"],
		["a damaged header", [memoryLayer(header)], "ERR_LAYER_TAR"],
		["an archive that is cut short", [memoryLayer(many.subarray(0, 512 * 3001 + 17))], "ERR_LAYER_TAR"],
		["an entry that cannot be applied", [gzipped(many), gzipped(late)], "ERR_LAYER_ENTRY"],
		[
			"an entry that cannot be applied, before damage",
			[memoryLayer(Buffer.concat([late.subarray(0, 1536), header]))],
			"ERR_LAYER_ENTRY",
		],
	])("%s", async (_, layers, code) => {
		const expected = await outcome(layers, HERE);
		const got = await outcome(layers, ASIDE);
		expect(expected.error).toMatchObject({ code, name: "RootfsError" });
		expect(got).toEqual(expected);
		expect(got.error).toMatchObject({ code, kind: "input", message: (expected.error as Error).message });
		expect((got.error as Error).cause).toEqual((expected.error as Error).cause);
	});

	test("what a tar reader refuses keeps its class, and its own code", async () => {
		const { error } = await outcome([memoryLayer(header)], ASIDE);
		expect((error as Error).cause).toBeInstanceOf(TarError);
		expect((error as Error).cause).toMatchObject({ code: "ERR_TAR_HEADER", kind: "input" });
	});

	test("one that expands to more than is allowed", async () => {
		const bomb = memoryLayer(gzipSync(Buffer.alloc(50_000_000)));
		const expected = await outcome([bomb], { ...HERE, maximumSize: 1_000_000 });
		expect(expected.error).toMatchObject({ code: "ERR_LAYER_SIZE" });
		expect(await outcome([bomb], { ...ASIDE, maximumSize: 1_000_000 })).toEqual(expected);
	});

	test.each([
		["whose bytes are others, though they unpack to the same", gzipped(many), otherHeader],
		["of plain tar whose bytes are others", memoryLayer(many), otherBody],
	])("a blob %s: what its own stream says, after all that came before", async (_, layer, stored) => {
		const cause = new OciError("ERR_BLOB_DIGEST", "layout: check digest: wrong");
		const open = async function* (): AsyncGenerator<Uint8Array> {
			yield stored;
			throw cause;
		};
		const offered: number[] = [];
		const options = { ...ASIDE, onContent: ({ size }: { readonly size: number }) => offered.push(size) };
		const { error } = await outcome([{ ...layer, open, openFile: () => blobFile(stored) }], options);
		expect(error).toBe(cause);
		expect(offered).toHaveLength(3000);
	});

	test("a file that became shorter, where the layer itself finds nothing wrong", async () => {
		const short = await blobFile(many.subarray(0, -1000));
		const { error } = await outcome([{ ...memoryLayer(many), openFile: async () => short }], ASIDE);
		expect(error).toMatchObject({ code: "ERR_LAYER_DATA", message: expect.stringMatching(/became shorter/) });
	});

	test("a blob that is checked already is not checked again, but for its diffID", async () => {
		const layer = { ...gzipped(many), openFile: () => blobFile(otherHeader, true) };
		expect((await outcome([layer], ASIDE)).error).toBeUndefined();
		const otherArchive = { ...memoryLayer(many), openFile: () => blobFile(otherBody, true) };
		expect((await outcome([otherArchive], ASIDE)).error).toMatchObject({ code: "ERR_LAYER_DIFF_ID" });
	});

	test("a blob that cannot be opened: its own error", async () => {
		const cause = new Error("connection lost");
		const { error } = await outcome([{ ...gzipped(many), openFile: () => Promise.reject(cause) }], ASIDE);
		expect(error).toBe(cause);
	});
});

describe("the file of a layer", () => {
	/** A layer, and whether its file was closed. */
	function watched(layer: ImageLayer): { readonly layer: ImageLayer; readonly closings: () => number } {
		let closings = 0;
		const openFile = async (): Promise<BlobFile> => {
			const file = (await layer.openFile?.())!;
			const close = (): void => {
				closings++;
				file.close();
			};
			return { ...file, close };
		};
		return { layer: { ...layer, openFile }, closings: () => closings };
	}

	test("is closed once, whether the layer is read to its end or not", async () => {
		const read = [watched(gzipped(odd)), watched(memoryLayer(many))];
		await outcome(
			read.map(({ layer }) => layer),
			ASIDE,
		);
		const left = [watched(memoryLayer(Buffer.from("fd377a585a000004", "hex"))), watched(gzipped(many))];
		await outcome(
			left.map(({ layer }) => layer),
			ASIDE,
		);
		expect([...read, ...left].map(({ closings }) => closings())).toEqual([1, 1, 1, 1]);
	});

	test("is not needed: without one this thread unpacks the layer", async () => {
		const { openFile: _, ...streamed } = gzipped(odd);
		const expected = await outcome([gzipped(odd)], HERE);
		expect(await outcome([streamed], ASIDE)).toEqual(expected);
		expect(await outcome([{ ...streamed, openFile: async () => undefined }], ASIDE)).toEqual(expected);
	});

	test("reports how many bytes of it were read", async () => {
		const counts: number[] = [];
		const layer = gzipped(many);
		await outcome([layer], { ...ASIDE, onProgress: (_layer, bytes) => counts.push(bytes) });
		expect(counts.at(-1)).toBe(layer.descriptor.size);
		expect(counts).toEqual([...counts].sort((a, b) => a - b));
	});
});

describe("a thread that unpacks layers ends", () => {
	/** A layer that does not arrive until waiting for it is aborted. */
	function stalled(): { readonly layer: ImageLayer; readonly isLeft: () => boolean } {
		let left = false;
		const openFile = (signal?: AbortSignal): Promise<BlobFile> =>
			new Promise((_, reject) => {
				const onAbort = (): void => {
					left = true;
					reject(signal?.reason);
				};
				signal?.addEventListener("abort", onAbort, { once: true });
			});
		return { layer: { ...memoryLayer(many), openFile }, isLeft: () => left };
	}

	test("with an aborted run, whose reason is the error", async () => {
		const controller = new AbortController();
		const { layer, isLeft } = stalled();
		const made = outcome([layer], { ...ASIDE, signal: controller.signal });
		await sleep(10);
		controller.abort(new Error("interrupted"));
		expect((await made).error).toMatchObject({ message: "interrupted" });
		expect(isLeft()).toBe(true);
	});

	test("with a run that was aborted before", async () => {
		const signal = AbortSignal.abort(new Error("interrupted"));
		const { error } = await outcome([gzipped(odd)], { ...ASIDE, signal });
		expect(error).toMatchObject({ message: "interrupted" });
	});

	test("where a layer below the one that is read ahead fails", async () => {
		const { layer, isLeft } = stalled();
		const { error } = await outcome([memoryLayer(Buffer.from("fd377a585a000004", "hex")), layer], ASIDE);
		expect(error).toMatchObject({ code: "ERR_LAYER_COMPRESSION" });
		expect(isLeft()).toBe(true);
	});
});

describe("the thread of a run", () => {
	const unpacked = new UnpackedLayers(tmpdir());
	const started: unknown[] = [];
	const onWorker = (worker: unknown): unknown => started.push(worker);
	beforeAll(() => void process.on("worker", onWorker));
	afterAll(async () => {
		process.off("worker", onWorker);
		await unpacked.close();
	});

	async function flattened(layers: readonly ImageLayer[], isOnly = false): Promise<string[]> {
		const image = unpacked.open(isOnly);
		try {
			return listTree(await flatten(layers, image, ASIDE));
		} finally {
			image.close();
		}
	}

	test("unpacks the layers of all images, after failures too", async () => {
		const lower = gzipped(many);
		const wrong = tarball(file("a", "a"), hardlink("b", "nowhere"));
		const broken = {
			...gzipped(odd),
			openFile: () => Promise.reject(new Error("connection lost")),
		};
		await expect(flattened([gzipped(wrong), lower])).rejects.toThrow(/nowhere/);
		await expect(flattened([broken, lower])).rejects.toThrow("connection lost");
		expect(await flattened([lower])).toEqual((await outcome([lower], HERE)).tree);
		expect(await flattened([gzipped(odd), lower])).toEqual((await outcome([gzipped(odd), lower], HERE)).tree);
		expect(started).toHaveLength(1);
	});

	test("is not the one of an image that is the only one", async () => {
		const before = started.length;
		await flattened([gzipped(upper)], true);
		expect(started).toHaveLength(before + 1);
	});
});
