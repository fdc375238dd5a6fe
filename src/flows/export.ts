import { dirname } from "node:path";
import {
	assemblePackage,
	describe,
	type Evidence,
	mapConcurrently,
	type OpenedInput,
	type PackageContent,
	planInputs,
	type Run,
	type RunSettings,
	streamPackage,
	writePackage,
} from "../container/index.js";
import { checkDiskPlan } from "../image/sources/index.js";
import type { ByteSink } from "../pantavisor/package/index.js";
import { checkPartName } from "../pantavisor/rules/index.js";
import { checkEvidencePaths, writeEvidenceFiles } from "./evidence-files.js";
import { allOrNothing, packagePaths } from "./outputs.js";
import { makePatched, type OldPackages, platformName, withOldPackages } from "./patch.js";
import { openExport } from "./plan.js";
import type { ExportRequest } from "./requests.js";
import { withRun } from "./run.js";

/**
 * Makes signed packages from an image or a root file system, one for each platform. Either all packages get
 * their names, or none.
 */
export async function exportImage(request: ExportRequest, settings: RunSettings): Promise<Evidence[]> {
	checkPartName(request.name);
	return withRun({ ...settings, catalogue: request.sbom !== undefined }, async (run) => {
		const inputs = await openExport(run, request, "each");
		if (request.patch === undefined) run.expectImages(inputs.length);
		// Checks, before the long work, that the packages can be written and that there is enough space.
		const paths = packagePaths(request, inputs);
		checkEvidencePaths(paths, request);
		checkDiskPlan(await planInputs(run, inputs, dirname(paths[0]!)));
		return withOldPackages(run, request.patch, (olds) =>
			allOrNothing((pending) =>
				mapConcurrently(inputs, 2, async (opened, i) => {
					const file = await writePackage(run, await makePackage(run, request, opened, olds), paths[i]!);
					pending.push(file);
					const context = { settings, run, buildType: "export", opened } as const;
					const { evidence, files } = await writeEvidenceFiles(file.evidence, request, context);
					pending.push(...files);
					return evidence;
				}),
			),
		);
	});
}

/** Streams the package of one platform. @throws BuildError ERR_BUILD_PLATFORM when there are several. */
export async function streamImage(
	request: Omit<ExportRequest, "path">,
	sink: ByteSink,
	settings: RunSettings,
): Promise<Evidence> {
	checkPartName(request.name);
	return withRun(settings, async (run) => {
		const [opened] = await openExport(run, request, "only");
		return withOldPackages(run, request.patch, async (olds) =>
			streamPackage(run, await makePackage(run, request, opened!, olds), sink),
		);
	});
}

/** Makes the container of one platform, and returns it as a signed state with its objects. */
async function makePackage(
	run: Run,
	{ name, options = {}, group, compat, files, overlay, patch, signing }: Omit<ExportRequest, "path">,
	opened: OpenedInput,
	olds: OldPackages,
): Promise<PackageContent> {
	const manifest = describe(opened, options);
	const request = { name, group, compat, files, overlay };
	const old = await olds.root(platformName(opened.platform!), name);
	const container = await makePatched(run, manifest, opened, request, { old, limit: patch?.limit });
	return assemblePackage(run, [container], { platform: opened.platform!, signing, compat, group });
}
