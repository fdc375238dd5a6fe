import {
	isRootfsLocation,
	type PullPlan,
	parseImageLocation,
	planPull,
	planRootfs,
} from "../sources/index.js";
import { rootfsPlatform } from "./origin.js";
import { type OpenedImage, openPlatforms } from "./platforms.js";
import type { PullRequest } from "./pull.js";
import { sizeOfRootfs } from "./rootfs-origin.js";
import type { BuildSettings } from "./settings.js";
import { Workshop } from "./workshop.js";

/** What is planned, and where its output would go. */
export type PlanRequest = Pick<PullRequest, "image" | "platforms"> & { readonly outputDirectory: string };

/** What a pull would do, and where: nothing but manifests and configurations is fetched. */
export async function planImage(request: PlanRequest, settings: BuildSettings): Promise<PullPlan> {
	return Workshop.run(settings, async (workshop) => {
		const opened = await openPlatforms(workshop, request.image, request.platforms);
		return planOf(workshop, opened, request.outputDirectory);
	});
}

/** What an export would do: as for a pull, or for a root file system, of which nothing is read. */
export async function planExport(request: PlanRequest, settings: BuildSettings): Promise<PullPlan> {
	const location = parseImageLocation(request.image);
	if (!isRootfsLocation(location)) return planImage(request, settings);
	const platform = rootfsPlatform(request.image, request.platforms);
	return Workshop.run(settings, async (workshop) => {
		const size = await sizeOfRootfs(workshop, location);
		return planRootfs(platform, size, placesOf(workshop, request.outputDirectory));
	});
}

/** Plans the images of an opened location. */
export function planOf(
	workshop: Workshop,
	{ images, source }: OpenedImage,
	outputDirectory: string,
): PullPlan {
	return planPull(images, { ...placesOf(workshop, outputDirectory), local: source.local });
}

function placesOf({ store, settings: { temporaryDirectory } }: Workshop, outputDirectory: string) {
	return { store, temporaryDirectory, outputDirectory };
}
