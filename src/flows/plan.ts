import {
	nameInput,
	type OpenedImage,
	type OpenedInput,
	openImages,
	openInputs,
	parseImageInput,
	parseInput,
	planImages,
	planInputs,
	type Run,
	type RunSettings,
} from "../container/index.js";
import type { PullPlan } from "../image/sources/index.js";
import { warnOfPath } from "./local-path.js";
import type { ExportRequest, PlanRequest, PullRequest } from "./requests.js";
import { withRun } from "./run.js";

/** Plans an export: of an image manifests and configurations are fetched, of a root file system the size is looked at. */
export async function planExport(request: PlanRequest, settings: RunSettings): Promise<PullPlan> {
	return withRun(settings, async (run) =>
		planInputs(run, await openExport(run, request, "each"), request.outputDirectory),
	);
}

/** Plans a pull, and where its bytes would go: nothing but manifests and configurations is fetched. */
export async function planImage(request: PlanRequest, settings: RunSettings): Promise<PullPlan> {
	return withRun(settings, async (run) =>
		planImages(run, await openPull(run, request), request.outputDirectory),
	);
}

/** Opens what an export packs: of an image without platforms, those that devices are of. */
export async function openExport(
	run: Run,
	{ image, as, platforms }: Pick<ExportRequest, "image" | "as" | "platforms">,
	take: "each" | "only",
): Promise<OpenedInput[]> {
	const input = nameInput(parseInput(image, run.settings.sourceOrder), as);
	const inputs = await openInputs(run, input, { platforms, take, devices: true });
	warnOfPath(run, inputs);
	return inputs;
}

/** Opens what a pull fetches. */
export function openPull(
	run: Run,
	{ image, platforms }: Pick<PullRequest, "image" | "platforms">,
): Promise<OpenedImage[]> {
	return openImages(run, parseImageInput(image), { platforms, take: "each" });
}
