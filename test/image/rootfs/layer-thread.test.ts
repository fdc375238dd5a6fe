import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contentBytes } from "../../../src/ground/bytes/index.js";
import { TarError } from "../../../src/ground/tar/index.js";
import { type ImageLayer, parseDigest } from "../../../src/image/oci/index.js";
import { type FlattenOptions, flatten, UnpackedLayers } from "../../../src/image/rootfs/index.js";
import { chunked } from "../../support/chunks.js";
import { memoryLayer, withTree } from "../../support/layers.js";
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

	test("a blob that cannot be read: its own error, after all that came before it", async () => {
		const cause = new Error("connection lost");
		const open = async function* (): AsyncGenerator<Uint8Array> {
			yield many.subarray(0, 512 * 100);
			throw cause;
		};
		const offered: number[] = [];
		const options = { ...ASIDE, onContent: ({ size }: { readonly size: number }) => offered.push(size) };
		const { error } = await outcome([{ ...memoryLayer(many), open }], options);
		expect(error).toBe(cause);
		expect(offered.length).toBeGreaterThan(40);
	});
});

describe("a thread that unpacks layers ends", () => {
	/** A layer of which nothing comes after its first bytes, until reading it is aborted. */
	function stalled(): { readonly layer: ImageLayer; readonly isClosed: () => boolean } {
		let closed = false;
		const open = async function* (signal?: AbortSignal): AsyncGenerator<Uint8Array> {
			try {
				yield* chunked(many.subarray(0, 100_000), 10_000);
				await new Promise((_, reject) => {
					signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
				});
			} finally {
				closed = true;
			}
		};
		return { layer: { ...memoryLayer(many), open }, isClosed: () => closed };
	}

	test("with an aborted run, whose reason is the error", async () => {
		const controller = new AbortController();
		const { layer, isClosed } = stalled();
		const made = outcome([layer], { ...ASIDE, signal: controller.signal });
		await sleep(10);
		controller.abort(new Error("interrupted"));
		expect((await made).error).toMatchObject({ message: "interrupted" });
		expect(isClosed()).toBe(true);
	});

	test("with a run that was aborted before", async () => {
		const signal = AbortSignal.abort(new Error("interrupted"));
		const { error } = await outcome([gzipped(odd)], { ...ASIDE, signal });
		expect(error).toMatchObject({ message: "interrupted" });
	});

	test("where a layer below the one that is read ahead fails", async () => {
		const { layer, isClosed } = stalled();
		const { error } = await outcome([memoryLayer(Buffer.from("fd377a585a000004", "hex")), layer], ASIDE);
		expect(error).toMatchObject({ code: "ERR_LAYER_COMPRESSION" });
		expect(isClosed()).toBe(true);
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
			open: async function* () {
				yield Buffer.alloc(0);
				throw new Error("connection lost");
			},
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
