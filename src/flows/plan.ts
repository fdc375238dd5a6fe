import {
	type BuildSettings,
	type OpenedImage,
	openImages,
	parseImageInput,
	planImages,
	planInputs,
	type Run,
} from "../container/index.js";
import type { PullPlan } from "../image/sources/index.js";
import { openExport } from "./export.js";
import type { PlanRequest, PullRequest } from "./requests.js";
import { withRun } from "./run.js";

/** Plans an export: of an image manifests and configurations are fetched, of a root file system the size is looked at. */
export async function planExport(request: PlanRequest, settings: BuildSettings): Promise<PullPlan> {
	return withRun(settings, async (run) =>
		planInputs(run, await openExport(run, request, "each"), request.outputDirectory),
	);
}

/** Plans a pull, and where its bytes would go: nothing but manifests and configurations is fetched. */
export async function planImage(request: PlanRequest, settings: BuildSettings): Promise<PullPlan> {
	return withRun(settings, async (run) =>
		planImages(run, await openPull(run, request), request.outputDirectory),
	);
}

/** Opens what a pull fetches. */
export function openPull(
	run: Run,
	{ image, platforms }: Pick<PullRequest, "image" | "platforms">,
): Promise<OpenedImage[]> {
	return openImages(run, parseImageInput(image), { platforms, take: "each" });
}
