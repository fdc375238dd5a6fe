import { tmpdir } from "node:os";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { PvpkgError, utf8ByteString } from "../../../src/ground/bytes/index.js";
import { Spool } from "../../../src/ground/files/index.js";
import type { ImageLayer } from "../../../src/image/oci/index.js";
import {
	type FlattenOptions,
	flatten,
	type ImageLayers,
	type KeptLayers,
	type RootfsTree,
	UnpackedLayers,
} from "../../../src/image/rootfs/index.js";
import { KeptTrees } from "../../../src/image/rootfs/kept-trees.js";
import { LayerApplication } from "../../../src/image/rootfs/layer-application.js";
import { TreeDraft } from "../../../src/image/rootfs/tree-draft.js";
import { directory, file as fileInode } from "../../support/inodes.js";
import { hardlinks, replacements, whiteouts } from "../../support/layer-cases.js";
import { memoryLayer, type TarParts } from "../../support/layers.js";
import { layerStacks } from "../../support/random-layers.js";
import { tarball } from "../../support/tar-builder.js";
import { dir, file } from "../../support/tar-members.js";
import { listTree } from "../../support/tree-listing.js";

const MOST: KeptLayers = { bytes: 2 ** 30, entries: 50_000, images: 16 };
const layerOf = (...parts: TarParts): ImageLayer => memoryLayer(tarball(...parts));

let unpacked: UnpackedLayers;
let opened: ImageLayers[];
beforeEach(() => {
	unpacked = new UnpackedLayers(tmpdir(), MOST);
	opened = [];
});
afterEach(async () => {
	for (const image of opened) image.close();
	await unpacked.close();
	vi.restoreAllMocks();
});

/** What making an image of layers gives: its tree and warnings, or why it fails. */
interface Outcome {
	readonly tree?: RootfsTree;
	readonly lines?: readonly string[];
	readonly error?: object;
	readonly warnings: readonly string[];
}

async function outcome(
	layers: readonly ImageLayer[],
	place: Spool | ImageLayers,
	options: FlattenOptions = {},
): Promise<Outcome> {
	const warnings: string[] = [];
	const onWarning = (message: string): void => void warnings.push(message);
	try {
		const tree = await flatten(layers, place, { ...options, onWarning });
		return { tree, lines: listTree(tree), warnings };
	} catch (error) {
		if (!(error instanceof PvpkgError)) throw error;
		return { error: { message: error.message, code: error.code }, warnings };
	}
}

async function alone(layers: readonly ImageLayer[], options: FlattenOptions = {}): Promise<Outcome> {
	const spool = Spool.create(tmpdir());
	try {
		const { tree: _, ...rest } = await outcome(layers, spool, options);
		return rest;
	} finally {
		spool.close();
	}
}

/** Makes an image beside the others of the run; its tree can be read until the end of the test. */
async function beside(layers: readonly ImageLayer[], options: FlattenOptions = {}): Promise<Outcome> {
	const image = unpacked.open();
	opened.push(image);
	return outcome(layers, image, options);
}

/** Counts the entries that are applied. */
function applications(): { readonly count: number } {
	const apply = vi.spyOn(LayerApplication.prototype, "apply");
	return {
		get count() {
			return apply.mock.calls.length;
		},
	};
}

describe("images that begin with the same layers are what each of them is alone:", () => {
	test.each([
		["one after the other", MOST, false],
		["at the same time", MOST, true],
		["where little is kept", { bytes: 2 ** 30, entries: 12, images: 2 }, false],
		["at the same time, where little is kept", { bytes: 2 ** 30, entries: 12, images: 2 }, true],
	])("any layers, %s", async (_, limits, atOnce) => {
		let [refused, warned, shared] = [0, 0, 0];
		const applied = applications();
		await fc.assert(
			fc.asyncProperty(layerStacks, async (images) => {
				const before = applied.count;
				const expected = [];
				for (const layers of images) expected.push(await alone(layers));
				const between = applied.count;
				unpacked = new UnpackedLayers(tmpdir(), limits);
				const got: Outcome[] = [];
				if (atOnce) got.push(...(await Promise.all(images.map((layers) => beside(layers)))));
				else for (const layers of images) got.push(await beside(layers));
				if (applied.count - between < between - before) shared++;
				expect(got.map(({ tree: _tree, ...rest }) => rest)).toEqual(expected);
				// What later images changed is not seen in those before.
				for (const { tree, lines } of got) if (tree !== undefined) expect(listTree(tree)).toEqual(lines);
				refused += got.filter(({ error }) => error !== undefined).length;
				warned += got.filter(({ warnings }) => warnings.length > 0).length;
				for (const image of opened.splice(0)) image.close();
				await unpacked.close();
			}),
			{ numRuns: 60 },
		);
		expect(Math.min(refused, warned, shared)).toBeGreaterThan(15);
	});

	const cases = [...whiteouts, ...replacements, ...hardlinks];
	test.each(cases)("%s, from each of its layers on", async (_row, parts) => {
		const layers = parts.map((members) => layerOf(...members));
		for (const [index] of layers.entries()) await beside(layers.slice(0, index + 1));
		const applied = applications();
		const { tree: _tree, ...again } = await beside(layers);
		expect(applied.count).toBe(0);
		expect(again).toEqual(await alone(layers));
	});
});

describe("layers that images have in common are applied once", () => {
	const [base, second] = [layerOf(dir("etc"), file("etc/os", "base")), layerOf(file("etc/more", "2"))];
	const own = (name: string): ImageLayer => layerOf(file(`etc/${name}`, name));

	test("by images one after the other", async () => {
		const applied = applications();
		for (const name of ["a", "b", "c"]) await beside([base, second, own(name)]);
		expect(applied.count).toBe(3 + 3);
	});

	test("by images at the same time", async () => {
		const applied = applications();
		await Promise.all(["a", "b", "c"].map((name) => beside([base, second, own(name)])));
		expect(applied.count).toBe(3 + 3);
	});

	test("with their files offered once, and their bytes reported as read by each image", async () => {
		const offered: number[] = [];
		const read: string[] = [];
		for (const name of ["a", "b"]) {
			let contents = 0;
			await beside([base, own(name)], {
				onContent: () => void contents++,
				onProgress: ({ descriptor }, bytes) => read.push(`${name} ${bytes === descriptor.size}`),
			});
			offered.push(contents);
		}
		expect(offered).toEqual([2, 1]);
		expect(read.slice(-2)).toEqual(["b true", "b true"]);
	});

	test("not where the options give another tree", async () => {
		const bare = layerOf(file("new/file", "1"));
		for (const options of [{}, { time: 7 }, { maximumTime: 3 }, { whiteouts: false }]) {
			expect((await beside([bare], options)).lines).toEqual((await alone([bare], options)).lines);
		}
	});

	test("with the same tree where copies of a large directory take too much to keep each", async () => {
		const wide = layerOf(...Array.from({ length: 200 }, (_, i) => file(`d/${i}`)));
		const upper = Array.from({ length: 40 }, (_, i) => layerOf(file(`d/upper-${i}`)));
		const tree = (await beside([wide, ...upper])).lines;
		expect((await beside([wide, ...upper])).lines).toEqual(tree);
		expect(tree).toEqual((await alone([wide, ...upper])).lines);
	});
});

describe("an image that fails", () => {
	const base = layerOf(file("base", "1"));

	test("leaves the layers before to others, and each reports its own error", async () => {
		const applied = applications();
		const refused = layerOf(file("../out"));
		const outcomes = [await beside([base, refused]), await beside([base, refused])];
		expect(outcomes.map(({ error }) => error)).toEqual([
			(await alone([base, refused])).error,
			outcomes[0]!.error,
		]);
		expect((await beside([base])).lines).toContain('base "1" 644');
		expect(applied.count).toBe(1 + 1 + 1 + 2);
	});

	test("lets those that wait for it go on by themselves", async () => {
		const stop = new AbortController();
		const stalled: ImageLayer = {
			...base,
			open: (signal) => (stop.signal.aborted ? base.open(signal) : abortedStream(signal!)),
		};
		const first = beside([stalled], { signal: stop.signal }).catch((error: unknown) => error);
		const others = [beside([stalled]), beside([stalled])];
		stop.abort(new Error("stopped"));
		expect(await first).toEqual(new Error("stopped"));
		for (const { lines } of await Promise.all(others)) expect(lines).toContain('base "1" 644');
	});

	test("because it is aborted while it waits leaves the others alone", async () => {
		const [stop, go] = [new AbortController(), new AbortController()];
		const slow: ImageLayer = {
			...base,
			async *open(signal) {
				await new Promise((resolve) => go.signal.addEventListener("abort", resolve));
				yield* base.open(signal);
			},
		};
		const first = beside([slow]);
		const second = beside([slow], { signal: stop.signal }).catch((error: unknown) => error);
		stop.abort(new Error("stopped"));
		expect(await second).toEqual(new Error("stopped"));
		go.abort();
		expect((await first).lines).toContain('base "1" 644');
	});
});

/** Never ends, except by the signal. */
async function* abortedStream(signal: AbortSignal): AsyncGenerator<Uint8Array> {
	await new Promise((_resolve, reject) => {
		signal.addEventListener("abort", () => reject(signal.reason), { once: true });
	});
	yield new Uint8Array(0);
}

test("trees of many layers are kept only while copies of directories take no more than the layers do", async () => {
	const layers = Array.from({ length: 3000 }, (_, i) => `layer ${i}`);
	const places = { places: new Set<never>(), hold: () => {} };
	const keeper = await new KeptTrees(50_000).open(layers, [], places);
	const draft = new TreeDraft({ root: directory({}) });
	for (const [index, name] of layers.entries()) {
		draft.own({ directory: draft.root, path: [] }).entries.set(utf8ByteString(name), fileInode(name));
		keeper.applied(index, draft, 1);
		expect(draft.copied).toBeLessThanOrEqual(9 * (index + 1));
	}
	expect(draft.copied).toBeGreaterThan(layers.length);
	keeper.close();
});

test("trees take no more than their limit, and a place takes its trees with it", async () => {
	const held: unknown[] = [];
	const place = {
		spool: Spool.create(tmpdir()),
		users: new Set<object>(),
		layers: new Set<string>(),
		entries: 0,
	};
	const places = { places: new Set([place]), hold: (one: unknown) => void held.push(one) };
	const trees = new KeptTrees(10);
	const make = async (layers: readonly string[]): Promise<number> => {
		const keeper = await trees.open(layers, [], places);
		const draft = new TreeDraft(keeper.found?.tree ?? { root: directory({}) });
		for (let index = keeper.depth; index < layers.length; index++) keeper.applied(index, draft, 4);
		keeper.close();
		return keeper.depth;
	};
	expect(await make(["a", "b"])).toBe(0);
	expect([await make(["a", "b"]), await make(["a", "c"]), await make(["a", "c"])]).toEqual([2, 1, 2]);
	expect(held).toEqual([place, place, place]);
	expect(await make(["a", "b"])).toBe(1);
	expect(await make(["a", "b", "d", "e"])).toBe(2);
	trees.dropPlace(place);
	expect(await make(["a"])).toBe(0);
	place.spool.close();
});
