import {
	nameInput,
	type OpenedInput,
	openInputs,
	parseInput,
	planInputs,
	type Run,
	type RunSettings,
} from "../container/index.js";
import type { PullPlan } from "../image/sources/index.js";
import { warnOfPath } from "./local-path.js";
import type { ExportRequest, PlanRequest } from "./requests.js";
import { withRun } from "./run.js";

/** Plans an export: of an image manifests and configurations are fetched, of a root file system the size is looked at. */
export async function planExport(request: PlanRequest, settings: RunSettings): Promise<PullPlan> {
	return withRun(settings, async (run) =>
		planInputs(run, await openExport(run, request, "each"), request.outputDirectory),
	);
}

/** Opens what an export packs: without platforms, all of the image that have a label. */
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
