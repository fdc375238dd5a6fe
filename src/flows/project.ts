import {
	assemblePackage,
	type Container,
	type Evidence,
	type PackageContent,
	type Run,
	type RunSettings,
	readStateFiles,
	writePackage,
} from "../container/index.js";
import { checkOutputDirectory, isDirectory, placeBelow } from "../ground/files/index.js";
import { prepareCheckout } from "../pantavisor/checkout/index.js";
import { type ArchLabel, labelPlatform, ReleaseError } from "../pantavisor/project/index.js";
import { checkEvidencePaths, writeEvidenceFiles } from "./evidence-files.js";
import { listContainers } from "./lock/index.js";
import { allOrNothing, type PendingOutput } from "./outputs.js";
import { makePatched, type OldPackages, withOldPackages } from "./patch.js";
import { belowOf } from "./project-base.js";
import { openProject } from "./project-files.js";
import type { BuildRequest, ReleaseRequest } from "./requests.js";
import { withRun } from "./run.js";

export interface BuiltRelease {
	/** The pvr checkout. */
	readonly directory: string;
	/** Of the package beside it. */
	readonly evidence: Evidence;
}

/**
 * Builds every architecture of a project: `releases/ARCH/`, a pvr checkout, and the package
 * beside it. Files beside a `src.json`, and those below `pvpkg/ARCH/_config/NAME`, become part
 * of the container. Either all of it is put in place, or nothing.
 */
export async function buildReleases(request: BuildRequest, settings: RunSettings): Promise<BuiltRelease[]> {
	const { names, labels } = openProject(request);
	checkOutputDirectory(placeBelow(request.directory, "releases"));
	checkEvidencePaths(names, request);
	return withRun({ ...settings, catalogue: request.sbom !== undefined }, async (run) => {
		const make = async (pending: PendingOutput[], olds: OldPackages): Promise<BuiltRelease[]> => {
			const releases: BuiltRelease[] = [];
			for (const [i, label] of labels.entries()) {
				const content = await makeRelease(run, request, label, olds);
				const path = placeBelow(request.directory, `releases/${names[i]}`);
				const directory = placeBelow(request.directory, `releases/${label}`);
				pending.push(prepareCheckout(directory, content.state, content.objects, { force: true }));
				const file = await writePackage(run, content, path);
				pending.push(file);
				const context = { settings, run, buildType: "build" } as const;
				const { evidence, files } = await writeEvidenceFiles(file.evidence, request, context);
				pending.push(...files);
				releases.push({ directory, evidence });
			}
			return releases;
		};
		return withOldPackages(run, request.patch, (olds) => allOrNothing((pending) => make(pending, olds)));
	});
}

/** Makes all that is in the package of an architecture; nothing of it is written yet. */
export async function makeRelease(
	run: Run,
	request: ReleaseRequest,
	label: ArchLabel,
	olds: OldPackages,
): Promise<PackageContent> {
	const containers = await makeContainers(run, request, label, olds);
	return assemblePackage(run, containers, { ...request, platform: labelPlatform(label) });
}

/** The containers of an architecture, in byte order of their names. */
async function makeContainers(
	run: Run,
	request: ReleaseRequest,
	label: ArchLabel,
	olds: OldPackages,
): Promise<Container[]> {
	const directory = placeBelow(request.directory, `pvpkg/${label}`);
	const containers: Container[] = [];
	const sources = listContainers(directory);
	const bases = new Set(sources.map(({ manifest }) => manifest.base));
	for (const source of sources) {
		const { name, path, manifest } = source;
		// A container with others on it must keep a whole root file system.
		const old = bases.has(name) ? undefined : await olds.root(label, name);
		const limit = request.patch?.limit;
		containers.push(
			await makePatched(
				run,
				manifest,
				undefined,
				{
					...{ name, subject: path, group: request.group, compat: request.compat },
					...{ platforms: [labelPlatform(label)], device: labelPlatform(label) },
					files: readStateFiles(placeBelow(directory, name), ["src.json"]),
					overlay: readOptionalFiles(placeBelow(directory, `_config/${name}`)),
					below: (base) => belowOf(run, label, source, base),
				},
				{ old, limit },
			),
		);
	}
	if (containers.length > 0) return containers;
	throw new ReleaseError("ERR_RELEASE_PROJECT", `${directory}: list: expected NAME/src.json, got none`);
}

function readOptionalFiles(directory: string): ReturnType<typeof readStateFiles> {
	return isDirectory(directory) ? readStateFiles(directory) : new Map();
}
