import { dirname, resolve } from "node:path";
import {
	assembleParts,
	BuildError,
	type BuildSettings,
	mapConcurrently,
	type Origin,
	openOrigins,
	type PackageContent,
	type Signing,
	streamPackage,
	Workshop,
	warnOfArguments,
	writePackageFile,
} from "../container/index.js";
import { type Digest, formatPlatform, type Platform } from "../image/oci/index.js";
import { checkDiskPlan, type PullPlan } from "../image/sources/index.js";
import {
	type ArchiveSummary,
	type ByteSink,
	createPart,
	type PendingArchive,
	type StateFile,
} from "../pantavisor/package/index.js";
import { type ArchLabel, distinctLabels } from "../pantavisor/project/index.js";
import { checkPartName } from "../pantavisor/rules/index.js";
import type { Compat, SourceOptions } from "../pantavisor/source/index.js";
import type { PlanRequest } from "./pull.js";

export interface ExportRequest {
	/** IMAGE, as on the command line. */
	readonly image: string;
	/** Name of the container. */
	readonly name: string;
	/** Default: all that the image has; of a root file system, which does not say it, the one it is of. */
	readonly platforms?: readonly Platform[] | undefined;
	readonly options?: SourceOptions | undefined;
	readonly compat?: Compat | undefined;
	/** Group of a container that names none. */
	readonly group?: string | undefined;
	/** Further files of the container, by their path below it. */
	readonly files?: ReadonlyMap<string, StateFile> | undefined;
	/** Files laid over its root file system, by their path in it. */
	readonly overlay?: ReadonlyMap<string, StateFile> | undefined;
	readonly signing?: Signing | undefined;
	/** Path of a platform's package. */
	path(label: ArchLabel): string;
}

/** A package that was written. */
export interface ExportedPackage {
	readonly platform: string;
	readonly label: ArchLabel;
	readonly path: string;
	readonly bytes: number;
	readonly sha256: string;
	/** Of the image's manifest; a root file system has none. */
	readonly digest: Digest | undefined;
	readonly rootfs: { readonly bytes: number; readonly sha256: string };
}

/**
 * From an image or a root file system to signed packages: opens the origin of each platform (of an
 * image, chooses it), fetches and flattens its layers, writes `root.squashfs`, makes the container's
 * files and the state, signs it and writes the archive. Either all packages get their names, or none.
 */
export async function exportImage(
	request: ExportRequest,
	settings: BuildSettings,
): Promise<ExportedPackage[]> {
	checkPartName(request.name);
	return Workshop.run(settings, async (workshop) => {
		const { list: origins, plan } = await openOrigins(workshop, request.image, request.platforms);
		const labels = distinctLabels(origins.map(({ platform }) => platform));
		warnOfArguments(workshop, request, origins);
		// Before the long work: whether the places can take the packages, and have room for them.
		const paths = labels.map((label) => request.path(label));
		checkDistinctPaths(paths, labels);
		if (paths[0] !== undefined) checkDiskPlan(await plan(dirname(paths[0])));
		const pending: PendingArchive[] = [];
		try {
			const packages = await mapConcurrently(origins, 2, async (origin, i) => {
				const content = await packageOrigin(workshop, request, origin);
				const path = paths[i]!;
				const file = await writePackageFile(workshop, content, path, formatPlatform(origin.platform));
				pending.push(file);
				const { bytes, sha256 } = file;
				return { ...describePackage(request, origin, content), label: labels[i]!, path, bytes, sha256 };
			});
			for (const file of pending) file.commit();
			return packages;
		} finally {
			for (const file of pending) file.discard();
		}
	});
}

/** Of two packages of one name only the last would be left. */
function checkDistinctPaths(paths: readonly string[], labels: readonly ArchLabel[]): void {
	const second = paths.findIndex(
		(path, at) => paths.map((other) => resolve(other)).indexOf(resolve(path)) !== at,
	);
	if (second < 0) return;
	const path = paths[second]!;
	const reason = `expected a name for each platform, got one for ${labels[paths.indexOf(path)]} and ${labels[second]}`;
	throw new BuildError("ERR_BUILD_REQUEST", `${path}: write packages: ${reason}`);
}

/**
 * What an export would do: of an image nothing but manifests and configurations is fetched, of a
 * root file system nothing but the size is looked at.
 */
export async function planExport(request: PlanRequest, settings: BuildSettings): Promise<PullPlan> {
	return Workshop.run(settings, async (workshop) => {
		const { plan } = await openOrigins(workshop, request.image, request.platforms);
		return plan(request.outputDirectory);
	});
}

/**
 * Streams the package of an image's only platform, or of the one asked for.
 * @throws BuildError ERR_BUILD_PLATFORM when there are several.
 */
export async function streamImage(
	request: Omit<ExportRequest, "path">,
	sink: ByteSink,
	settings: BuildSettings,
): Promise<ArchiveSummary> {
	checkPartName(request.name);
	return Workshop.run(settings, async (workshop) => {
		const { list: origins } = await openOrigins(workshop, request.image, request.platforms);
		const [origin, ...others] = origins;
		if (origin === undefined || others.length > 0) {
			const got = origins.map(({ platform }) => formatPlatform(platform)).join(", ") || "none";
			const reason = `expected one platform, got ${got} (--platform chooses)`;
			throw new BuildError("ERR_BUILD_PLATFORM", `${request.image}: stream package: ${reason}`);
		}
		warnOfArguments(workshop, request, origins);
		const content = await packageOrigin(workshop, request, origin);
		return streamPackage(content, sink, formatPlatform(origin.platform), workshop.settings);
	});
}

/** The container of one platform, as a signed state with its objects. */
async function packageOrigin(
	{ settings }: Workshop,
	request: Omit<ExportRequest, "path">,
	origin: Origin,
): Promise<PackageContent> {
	const { name, options = {}, group, compat, files, overlay, signing } = request;
	const { source, image } = await origin.make(origin.source(options));
	const images = new Map([["root.squashfs", image]] as const);
	const part = createPart({ name, source, group, compat, images, files, overlay });
	return assembleParts([part], signing, settings);
}

function describePackage(
	{ name }: ExportRequest,
	{ platform, digest }: Origin,
	{ state, objects }: PackageContent,
): Pick<ExportedPackage, "platform" | "digest" | "rootfs"> {
	const sha256 = state.get(`${name}/root.squashfs`) as string;
	return { platform: formatPlatform(platform), digest, rootfs: { bytes: objects.get(sha256)!.size, sha256 } };
}
