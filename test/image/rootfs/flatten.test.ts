import { tmpdir } from "node:os";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { Content } from "../../../src/ground/bytes/index.js";
import { Spool } from "../../../src/ground/files/index.js";
import { readArchiveTree } from "../../../src/image/rootfs/index.js";
import { chunked } from "../../support/chunks.js";
import { hardlinks, replacements, whiteouts } from "../../support/layer-cases.js";
import { flattenArchives } from "../../support/layers.js";
import { attributes, names } from "../../support/name-cases.js";
import { tarball } from "../../support/tar-builder.js";
import { dir, file, hardlink, xattr } from "../../support/tar-members.js";
import { listTree } from "../../support/tree-listing.js";

// docs/formats/images.md#applying-layers: one case per row, by its name.

const ROOT = ". dir 755";

describe("whiteouts", () => {
	test.each(whiteouts)("%s", async (_row, layers, expected) => {
		expect(await flattenArchives(layers)).toEqual([ROOT, ...expected]);
	});
});

describe("replacements", () => {
	test.each(replacements)("%s", async (_row, layers, expected) => {
		expect(await flattenArchives(layers)).toEqual([ROOT, ...expected]);
	});
});

describe("hard links", () => {
	test.each(hardlinks)("%s", async (_row, layers, expected) => {
		expect(await flattenArchives(layers)).toEqual([ROOT, ...expected]);
	});
});
describe("names and symlinks", () => {
	test.each(names)("%s", async (_row, layers, expected) => {
		expect(await flattenArchives(layers)).toEqual([ROOT, ...expected]);
	});

	test("many-entries: 65,600 files in one directory", async () => {
		const layer = [dir("d"), ...Array.from({ length: 65_600 }, (_, i) => file(`d/${i}`))];
		const lines = await flattenArchives([layer]);
		expect(lines).toHaveLength(65_602);
		expect(new Set(lines).size).toBe(65_602);
	});

	test("root-attrs", async () => {
		const root = dir("./", 0o711, { uid: 4, gid: 5, mtime: 77, ...xattr("user.k", "v") });
		expect(await flattenArchives([[root]])).toEqual(['. dir 711 4:5 @77 user.k="v"']);
	});
});

describe("attributes and types", () => {
	test.each(attributes)("%s", async (_row, layers, expected) => {
		expect(await flattenArchives(layers)).toEqual([ROOT, ...expected]);
	});
});

test("an archive taken as it is has no whiteouts", async () => {
	const archive = tarball(dir("a"), file("a/.wh.b"), file("a/.wh..wh..opq", "x"), file("a/b"));
	const spool = Spool.create(tmpdir());
	const tree = await readArchiveTree("root.tar", chunked(gzipSync(archive)), spool);
	expect(listTree(tree)).toEqual([
		ROOT,
		"a dir 755",
		'a/.wh..wh..opq "x" 644',
		'a/.wh.b "" 644',
		'a/b "" 644',
	]);
	const broken = readArchiveTree("root.tar", chunked(tarball(file("../a"))), spool);
	await expect(broken).rejects.toThrow(/^root\.tar: \.\.\/a: apply: path \.\.\/a has a "\.\."$/);
	spool.close();
});

test("an archive that is used by itself has the limit of a layer, with what follows its end", async () => {
	const bomb = gzipSync(Buffer.concat([tarball(file("a")), Buffer.alloc(1_000_000)]));
	const spool = Spool.create(tmpdir());
	try {
		const read = (maximumSize: number) => readArchiveTree("root.tar", chunked(bomb), spool, { maximumSize });
		await expect(read(100_000)).rejects.toMatchObject({
			code: "ERR_LAYER_SIZE",
			message: "root.tar: unpack: expected at most 100000 bytes (--max-layer allows more)",
		});
		expect([...(await read(2_000_000)).root.entries.keys()]).toEqual(["a"]);
	} finally {
		spool.close();
	}
});

test("times: of what nobody described, and the latest there may be", async () => {
	const layers = [[file("a/b", "", { mtime: 5 }), file("c", "", { mtime: 500 })]];
	expect(await flattenArchives(layers, { time: 7, maximumTime: 100 })).toEqual([
		". dir 755 @7",
		"a dir 755 @7",
		'a/b "" 644 @5',
		'c "" 644 @100',
	]);
});

test("file bodies are announced when they have arrived", async () => {
	const sizes: number[] = [];
	const onContent = (content: Content): void => void sizes.push(content.size);
	await flattenArchives(
		[
			[file("a", "xx"), dir("d")],
			[hardlink("b", "a"), file("a", "yyy")],
		],
		{ onContent },
	);
	expect(sizes).toEqual([2, 3]);
});
