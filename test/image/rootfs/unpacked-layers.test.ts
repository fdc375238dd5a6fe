import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { contentBytes } from "../../../src/ground/bytes/index.js";
import type { ImageLayer } from "../../../src/image/oci/index.js";
import {
	type FlattenOptions,
	finishRootfs,
	flatten,
	type KeptLayers,
	type RootfsTree,
	UnpackedLayers,
} from "../../../src/image/rootfs/index.js";
import { memoryLayer, type TarParts } from "../../support/layers.js";
import { tarball } from "../../support/tar-builder.js";
import { dir, file, hardlink } from "../../support/tar-members.js";
import { listTree } from "../../support/tree-listing.js";

let unpacked: UnpackedLayers;
let reads: number;
beforeEach(() => {
	unpacked = new UnpackedLayers(tmpdir());
	reads = 0;
});
afterEach(() => unpacked.close());

/** A layer that counts how often it is read. */
function layerOf(...parts: TarParts): ImageLayer {
	const layer = memoryLayer(tarball(...parts));
	return {
		...layer,
		open: (signal) => {
			reads++;
			return layer.open(signal);
		},
	};
}

const base = () => layerOf(dir("etc/"), file("etc/os", "base"), hardlink("etc/again", "etc/os"));
const MOST: KeptLayers = { bytes: 2 ** 30, entries: 50_000, images: 16 };

async function withImage<T>(
	layers: readonly ImageLayer[],
	use: (tree: RootfsTree) => T | Promise<T>,
	options: FlattenOptions = {},
): Promise<T> {
	const image = unpacked.open();
	try {
		return await use(await flatten(layers, image, options));
	} finally {
		image.close();
	}
}

const listing = (layers: readonly ImageLayer[]) => withImage(layers, listTree);

describe("layers that images have in common", () => {
	test("are read once, and give the same trees as without the others", async () => {
		const [lower, web, app] = [base(), layerOf(file("web", "1")), layerOf(file("etc/.wh.os", ""))];
		const first = await listing([lower, web]);
		const second = await listing([lower, app]);
		expect(reads).toBe(3);
		await unpacked.close();
		unpacked = new UnpackedLayers(tmpdir());
		expect([await listing([lower, app]), await listing([lower, web])]).toEqual([second, first]);
	});

	test("are read once by images that are unpacked at the same time", async () => {
		const [lower, web, app] = [base(), layerOf(file("web", "1")), layerOf(file("app", "2"))];
		const trees = await Promise.all([listing([lower, web]), listing([app, lower]), listing([lower])]);
		expect(reads).toBe(3);
		expect(trees[0]).toContainEqual(expect.stringContaining("etc/os"));
		expect(trees[1]).toContainEqual(expect.stringContaining("etc/os"));
	});

	test("do not share what one image changes of its tree", async () => {
		const lower = base();
		const changes = [dir("./", 0o700), dir("etc/", 0o711), file("etc/.wh.os"), file("etc/again", "new")];
		await withImage([lower], async (tree) => {
			const before = listTree(tree);
			expect(await listing([lower, layerOf(...changes)])).toEqual([
				". dir 700",
				"etc dir 711",
				'etc/again "new" 644',
			]);
			expect(listTree(finishRootfs(tree, { time: 0, stripQemu: true }))).toContain("tmp dir 1777");
			expect(listTree(tree)).toEqual(before);
			expect(await listing([lower])).toEqual(before);
		});
	});

	test("are read when an image needs them that another one uses, whatever ends first", async () => {
		const lower = base();
		const first = unpacked.open();
		await flatten([lower], first);
		const second = unpacked.open();
		const tree = await flatten([lower], second);
		first.close();
		const etc = tree.root.entries.get("etc" as never);
		const os = etc?.kind === "directory" && etc.entries.get("os" as never);
		expect(os && os.kind === "file" && Buffer.from(contentBytes(os.content)).toString()).toBe("base");
		second.close();
	});

	test("report the same warnings to each", async () => {
		const lower = layerOf(
			{ path: "old", pax: { mtime: "-5" } },
			{ path: "nul", type: "3", major: 0, minor: 0 },
		);
		const warnings: string[][] = [];
		for (let image = 0; image < 2; image++) {
			const seen: string[] = [];
			await withImage([lower, lower], () => undefined, { onWarning: (message) => seen.push(message) });
			warnings.push(seen);
		}
		expect(warnings[0]).toHaveLength(4);
		expect(warnings[1]).toEqual(warnings[0]);
	});

	test("report their bytes as read", async () => {
		const lower = base();
		await listing([lower]);
		const read: number[] = [];
		await withImage([lower], () => undefined, { onProgress: (_layer, bytes) => read.push(bytes) });
		expect(read).toEqual([lower.descriptor.size]);
	});
});

describe("a layer that fails", () => {
	test("fails for each image, and is read again by those to come", async () => {
		let isBroken = true;
		const sound = base();
		const lower: ImageLayer = {
			...sound,
			async *open(signal) {
				reads++;
				if (isBroken) throw new Error("lost");
				yield* sound.open(signal);
			},
		};
		const both = await Promise.allSettled([listing([lower]), listing([lower])]);
		expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
		isBroken = false;
		expect(await listing([lower])).toContainEqual(expect.stringContaining("etc/os"));
	});

	test("of another blob with the same diffID is not taken for a sound one", async () => {
		const lower = base();
		await listing([lower]);
		const other = { ...lower, descriptor: memoryLayer(Buffer.from("other")).descriptor };
		await listing([other]);
		expect(reads).toBe(2);
	});
});

describe("what is kept", () => {
	test.each<[string, Partial<KeptLayers>]>([
		["bytes", { bytes: 3 }],
		["entries", { entries: 2 }],
		["images", { images: 0 }],
	])("is limited by %s", async (_limit, limits) => {
		unpacked = new UnpackedLayers(tmpdir(), { ...MOST, ...limits });
		const lower = base();
		const before = openFiles();
		await listing([lower]);
		await listing([lower]);
		expect(reads).toBe(2);
		expect(openFiles()).toBe(before);
	});

	test("is what was used last", async () => {
		unpacked = new UnpackedLayers(tmpdir(), { ...MOST, images: 1 });
		const [first, second] = [base(), layerOf(file("other", "1"))];
		await listing([first]);
		await listing([second]);
		const before = reads;
		await listing([second]);
		expect(reads).toBe(before);
		await listing([first]);
		expect(reads).toBeGreaterThan(before);
	});

	test("is freed at the end", async () => {
		const before = openFiles();
		await listing([base()]);
		expect(openFiles()).toBe(before + 1);
		await unpacked.close();
		expect(openFiles()).toBe(before);
	});
});

function openFiles(): number {
	return readdirSync("/dev/fd").length;
}
