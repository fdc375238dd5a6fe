import type { CompressorOptions } from "../../src/codec/index.js";
import { bufferContent } from "../../src/ground/bytes/index.js";
import type { RootfsTree } from "../../src/image/rootfs/index.js";
import { DEFAULT_IMAGE_OPTIONS, type ImageOptions } from "../../src/squashfs/format/index.js";
import { readTree } from "../../src/squashfs/read/index.js";
import { openImage } from "../../src/squashfs/read/reader.js";
import { writeImage } from "../../src/squashfs/write/index.js";
import { MemoryImage } from "./memory-image.js";

export const GZIP: CompressorOptions = { name: "gzip", level: 1, windowLog: 15 };

/** A tree as an image in memory; made in this thread, with gzip where nothing else is asked for. */
export async function imageBytes(tree: RootfsTree, options: Partial<ImageOptions> = {}): Promise<Buffer> {
	const image = new MemoryImage();
	await writeImage(tree, image, { ...DEFAULT_IMAGE_OPTIONS, compressor: GZIP, ...options }, { jobs: 0 });
	return image.bytes;
}

/** The tree that is in an image. */
export function treeOf(image: Uint8Array): RootfsTree {
	return readTree(openImage(bufferContent(image)));
}
