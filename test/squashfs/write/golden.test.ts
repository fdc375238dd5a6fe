import { expect, test } from "vitest";
import { sha256Hex } from "../../../src/ground/bytes/index.js";
import { DEFAULT_IMAGE_OPTIONS, type ImageOptions } from "../../../src/squashfs/format/index.js";
import { createDataWriter } from "../../../src/squashfs/write/data-writer.js";
import { writeStructure } from "../../../src/squashfs/write/writer.js";
import { sampleTree } from "../../support/hostile-images.js";
import { LIMIT_TREES } from "../../support/limit-trees.js";
import { MemoryImage } from "../../support/memory-image.js";

// Structures alone: nothing is compressed, and tails keep the order of the tree. A digest that
// changes means that every image in the field would change: say so in the change log.
const options: ImageOptions = {
	...DEFAULT_IMAGE_OPTIONS,
	compressor: { name: "gzip", level: 9, windowLog: 15 },
	blockSize: 4096,
	modificationTime: 1_700_000_000,
	order: "tree",
	rawInodes: true,
	rawData: true,
	rawFragments: true,
	rawXattrs: true,
};

const limit = (name: string) => LIMIT_TREES.find((tree) => tree.name === name)!.make;

test.each([
	[
		"an empty root",
		limit("an empty root"),
		"ef2d1f362f52e1ee38a7a99581e371594441a6171a9ad847cf208d04af5c91bf",
	],
	["a sample", sampleTree, "86e4a70b2d6a422923970d359231b399151d6b22a7a29d869cdc1b9cf04e25e7"],
	[
		"257 entries in a directory",
		limit("257 entries in a directory"),
		"301b71f8fdcc6b1e01e07a33f08668814e6a547f64b95ce33e375b50d5c89242",
	],
	[
		"sizes around the block",
		limit("sizes around the block"),
		"57d3b8ceec4b56ec8fd451f59027937445dc7b1af2fb6636be111c0500a98ba7",
	],
	["xattr sets", limit("xattr sets"), "eb3ea039c456304689e6eb117ed1b294da2488616218b5dc61150d470f5a8221"],
	[
		"names of any bytes",
		limit("names of any bytes"),
		"1cc5710939f71af3527a00d621e3a9d3bc97c31b7f4860889adfc51744185123",
	],
	[
		"all kinds of inodes",
		limit("all kinds of inodes"),
		"1aa8c27737aa87b3c3c0f7a6e477bd32faccf51f6149410995c6e0c84e6effb0",
	],
])("the bytes of %s", async (_, make, digest) => {
	const image = new MemoryImage();
	const compressor = { compress: () => undefined };
	await writeStructure(make(), image, options, compressor, createDataWriter(options, { jobs: 0 }));
	expect(sha256Hex(image.bytes)).toBe(digest);
});
