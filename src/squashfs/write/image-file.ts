import { PendingFile } from "../../ground/files/index.js";
import type { RootfsTree } from "../../image/rootfs/index.js";
import { DEFAULT_IMAGE_OPTIONS, type ImageOptions, type ImageStats } from "../format/index.js";
import type { ImageEngine } from "./image-engine.js";
import { writeImage } from "./writer.js";

/**
 * Writes a tree as a squashfs image at `path`. The file appears when it is complete, or not at all.
 * @param options that differ from `DEFAULT_IMAGE_OPTIONS`.
 * @throws SquashfsError, CodecError or BytesError; an existing file then stays unchanged.
 */
export async function writeSquashfs(
	tree: RootfsTree,
	path: string,
	options: Partial<ImageOptions> = {},
	engine: ImageEngine = {},
): Promise<ImageStats> {
	const file = PendingFile.create(path, { output: {} });
	try {
		const stats = await writeImage(tree, file, { ...DEFAULT_IMAGE_OPTIONS, ...options }, engine);
		file.commit();
		return stats;
	} finally {
		file.discard();
	}
}
