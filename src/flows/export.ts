import { dirname } from "node:path";
import {
	assemblePackage,
	type BuildSettings,
	describe,
	type Evidence,
	makeContainer,
	mapConcurrently,
	type OpenedInput,
	openInputs,
	type PackageContent,
	type PendingPackage,
	parseInput,
	planInputs,
	type Run,
	streamPackage,
	writePackage,
} from "../container/index.js";
import { checkDiskPlan, type PullPlan } from "../image/sources/index.js";
import type { ByteSink } from "../pantavisor/package/index.js";
import { distinctLabels } from "../pantavisor/project/index.js";
import { checkPartName } from "../pantavisor/rules/index.js";
import { checkDistinctPaths } from "./outputs.js";
import type { ExportRequest, PlanRequest } from "./requests.js";
import { withRun } from "./run.js";

/**
 * From an image or a root file system to signed packages, one for each platform. Either all packages get
 * their names, or none.
 */
export async function exportImage(request: ExportRequest, settings: BuildSettings): Promise<Evidence[]> {
	checkPartName(request.name);
	return withRun(settings, async (run) => {
		const inputs = await open(run, request, "each");
		// Before the long work: whether the places can take the packages, and have room for them.
		const labels = distinctLabels(inputs.map(({ platform }) => platform!));
		const paths = labels.map((label) => request.path(label));
		checkDistinctPaths(paths, labels);
		if (paths[0] !== undefined) checkDiskPlan(await planInputs(run, inputs, dirname(paths[0])));
		const pending: PendingPackage[] = [];
		try {
			const written = await mapConcurrently(inputs, 2, async (opened, i) => {
				const file = await writePackage(run, await makePackage(run, request, opened), paths[i]!);
				pending.push(file);
				return file.evidence;
			});
			for (const file of pending) file.commit();
			return written;
		} finally {
			for (const file of pending) file.discard();
		}
	});
}

/**
 * Streams the package of the only platform of an input, or of the one asked for.
 * @throws BuildError ERR_BUILD_PLATFORM when there are several.
 */
export async function streamImage(
	request: Omit<ExportRequest, "path">,
	sink: ByteSink,
	settings: BuildSettings,
): Promise<Evidence> {
	checkPartName(request.name);
	return withRun(settings, async (run) => {
		const [opened] = await open(run, request, "only");
		return streamPackage(run, await makePackage(run, request, opened!), sink);
	});
}

/** Plans an export: of an image manifests and configurations are fetched, of a root file system the size is looked at. */
export async function planExport(request: PlanRequest, settings: BuildSettings): Promise<PullPlan> {
	return withRun(settings, async (run) =>
		planInputs(run, await open(run, request, "each"), request.outputDirectory),
	);
}

function open(
	run: Run,
	{ image, platforms }: PlanRequest | Omit<ExportRequest, "path">,
	take: "each" | "only",
) {
	const input = parseInput(image, run.settings.sourceOrder);
	return openInputs(run, input, { platforms, take, devices: true });
}

/** The container of one platform, as a signed state with its objects. */
async function makePackage(
	run: Run,
	{ name, options = {}, group, compat, files, overlay, signing }: Omit<ExportRequest, "path">,
	opened: OpenedInput,
): Promise<PackageContent> {
	const manifest = describe(opened, options);
	const container = await makeContainer(run, manifest, opened, { name, group, compat, files, overlay });
	return assemblePackage(run, [container], { platform: opened.platform!, signing, compat, group });
}
