import type { RootfsTree } from "../image/rootfs/index.js";
import { recordImage } from "./made-images.js";
import type { MadeImage, RootFile } from "./ports.js";
import type { Run } from "./run.js";

/** The observed image, and the key of its record if it has one. */
interface Observed {
	readonly file: RootFile;
	readonly subject: string;
	readonly key?: string | undefined;
}

/**
 * Returns an image with the observation of its tree. The tree is read only if no earlier run kept the
 * observation.
 * @param lend calls the observer with the tree that the container sees.
 */
export async function observed(
	run: Run,
	image: MadeImage,
	{ file, subject, key }: Observed,
	lend: (look: (tree: RootfsTree) => Promise<MadeImage>) => Promise<MadeImage>,
): Promise<MadeImage> {
	const { observer } = run.ports;
	if (observer === undefined || image.observations.has(observer.key)) return image;
	return lend(async (tree) => {
		const value = await observer.observe(tree, { file, subject, signal: run.settings.signal });
		const seen = { ...image, observations: new Map([...image.observations, [observer.key, value]]) };
		if (key !== undefined) recordImage(run, key, seen);
		return seen;
	});
}
