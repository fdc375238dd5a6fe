import { type PlanPlaces, type PullPlan, planPull } from "../image/sources/index.js";
import type { OpenedImage } from "./open.js";
import type { Run } from "./run.js";

/** Plans the fetching and making of the opened images of one IMAGE. */
export function planImages(run: Run, opened: readonly OpenedImage[], outputDirectory: string): PullPlan {
	const images = opened.map(({ image }) => image);
	return planPull(images, { ...planPlaces(run, outputDirectory), local: opened[0]?.source.local });
}

/** Returns the directories that need free space, and the store, which may hold some blobs already. */
export function planPlaces(
	{ store, settings: { temporaryDirectory } }: Run,
	outputDirectory: string,
): PlanPlaces {
	return { store, temporaryDirectory, outputDirectory };
}
