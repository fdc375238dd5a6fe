import { type PlanPlaces, type PullPlan, planPull } from "../image/sources/index.js";
import type { OpenedImage } from "./platforms.js";
import type { Workshop } from "./workshop.js";

/** What fetching the images of an opened location takes. */
export function planOpened(
	workshop: Workshop,
	{ images, source }: OpenedImage,
	outputDirectory: string,
): PullPlan {
	return planPull(images, { ...planPlaces(workshop, outputDirectory), local: source.local });
}

export function planPlaces(
	{ store, settings: { temporaryDirectory } }: Workshop,
	outputDirectory: string,
): PlanPlaces {
	return { store, temporaryDirectory, outputDirectory };
}
