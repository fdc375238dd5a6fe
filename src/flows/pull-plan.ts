import {
	type OpenedImage,
	openImages,
	parseImageInput,
	planImages,
	type Run,
	type RunSettings,
} from "../container/index.js";
import type { PullPlan } from "../image/sources/index.js";
import type { PlanRequest, PullRequest } from "./requests.js";
import { withRun } from "./run.js";

/** Plans a pull, and where its bytes would go: nothing but manifests and configurations is fetched. */
export async function planImage(request: PlanRequest, settings: RunSettings): Promise<PullPlan> {
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
