import { join, relative } from "node:path";
import {
	assembleParts,
	BuildError,
	type BuildSettings,
	makeProjectPart,
	openOrigins,
	type Signing,
	sizeOfRootfs,
	Workshop,
	warnOfArguments,
	writePackageFile,
} from "../container/index.js";
import { FileChanges, listDirectory, readFileIfPresent } from "../ground/files/index.js";
import { encodeIndentedJson, jsonObject } from "../ground/json/index.js";
import { type Digest, formatPlatform, type Platform } from "../image/oci/index.js";
import { isRootfsLocation, parseImageLocation } from "../image/sources/index.js";
import { type PendingCheckout, prepareCheckout } from "../pantavisor/checkout/index.js";
import { createPart, type Part, type PendingArchive } from "../pantavisor/package/index.js";
import {
	type ArchLabel,
	distinctLabels,
	labelPlatform,
	type Project,
	parseProject,
	projectLabels,
	ReleaseError,
} from "../pantavisor/project/index.js";
import {
	type Compat,
	encodeSourceManifest,
	parseSourceManifest,
	type SourceManifest,
	type SourceOptions,
} from "../pantavisor/source/index.js";

export interface InstallRequest {
	/** Of the project: where `pvpkg/` and `pvpkg.json` are. */
	readonly directory: string;
	readonly image: string;
	readonly name: string;
	readonly platforms: readonly Platform[];
	readonly options?: Omit<SourceOptions, "base"> | undefined;
	/** Container of the project whose root file system lies below. */
	readonly base?: string | undefined;
	/** For a `pvpkg.json` that is not there yet. */
	readonly projectName?: string | undefined;
	readonly projectVersion?: string | undefined;
}

export interface InstalledSource {
	readonly label: ArchLabel;
	readonly platform: string;
	readonly path: string;
	/** Of the image's manifest; a root file system has none. */
	readonly digest: Digest | undefined;
}

/**
 * Records an image or a root file system in a project: `pvpkg/ARCH/NAME/src.json` for every
 * platform, and `pvpkg.json`.
 */
export async function installImage(
	request: InstallRequest,
	settings: BuildSettings,
): Promise<InstalledSource[]> {
	const { directory, image, name, options = {} } = request;
	return Workshop.run(settings, async (workshop) => {
		await checkRepeatable(workshop, image);
		const { list: origins } = await openOrigins(workshop, image, request.platforms);
		const labels = distinctLabels(origins.map(({ platform }) => platform));
		const installed = origins.map(({ platform, digest, source: sourceOf }, at) => {
			const label = labels[at]!;
			const path = join(directory, "pvpkg", label, name, "src.json");
			const base = request.base === undefined ? undefined : findBase(directory, label, request.base);
			const source = sourceOf({ ...options, base });
			createPart({ name, source, images: new Map() });
			return { label, platform: formatPlatform(platform), path, digest, source };
		});
		warnOfArguments(workshop, { name, options: request.options }, origins);
		writeSources(request, installed);
		return installed.map(({ source: _, ...facts }) => facts);
	});
}

/** What is recorded has to be there for `build`, so that standard input cannot be. */
async function checkRepeatable(workshop: Workshop, image: string): Promise<void> {
	const location = parseImageLocation(image);
	if ("path" in location && location.path === "-") {
		const reason = "standard input cannot be read again by build, expected a file";
		throw new BuildError("ERR_BUILD_REQUEST", `${image}: record: ${reason}`);
	}
	if (isRootfsLocation(location)) await sizeOfRootfs(workshop, location);
}

function findBase(directory: string, label: ArchLabel, name: string): SourceOptions["base"] {
	const path = join(directory, "pvpkg", label, name, "src.json");
	const text = readFileIfPresent(path);
	const dockerDigest = text && parseSourceManifest(text, path).dockerDigest;
	if (dockerDigest !== undefined) return { name, dockerDigest };
	throw new BuildError("ERR_BUILD_REQUEST", `${path}: find base: expected a container with docker_digest`);
}

/** All of them, and `pvpkg.json` where there is none, or nothing. */
function writeSources(
	{ directory, name, projectName, projectVersion }: InstallRequest,
	installed: readonly { readonly path: string; readonly source: SourceManifest }[],
): void {
	const changes = new FileChanges(directory);
	try {
		for (const { path, source } of installed) {
			changes.write(relative(directory, path), encodeSourceManifest(source));
		}
		if (readFileIfPresent(join(directory, "pvpkg.json")) === undefined) {
			const project = jsonObject({ name: projectName ?? name, version: projectVersion ?? "v0.0.1" });
			changes.write("pvpkg.json", `${encodeIndentedJson(project, "  ")}\n`);
		}
		changes.commit();
	} finally {
		changes.discard();
	}
}

export interface BuildRequest {
	readonly directory: string;
	/** Default: all that `pvpkg/` has. */
	readonly labels?: readonly ArchLabel[] | undefined;
	readonly signing?: Signing | undefined;
	readonly compat?: Compat | undefined;
	readonly group?: string | undefined;
	/** File name of a package. */
	packageName(label: ArchLabel, project: Project): string;
}

export interface BuiltRelease {
	readonly label: ArchLabel;
	/** The pvr checkout. */
	readonly directory: string;
	readonly path: string;
	readonly bytes: number;
	readonly sha256: string;
	readonly containers: readonly string[];
}

/**
 * Builds every architecture of a project: `releases/ARCH/`, a pvr checkout, and the package
 * beside it. Files beside a `src.json`, and those below `pvpkg/ARCH/_config/NAME`, become part
 * of the container. Either all of it is put in place, or nothing.
 */
export async function buildReleases(request: BuildRequest, settings: BuildSettings): Promise<BuiltRelease[]> {
	const project = readProject(request.directory);
	const labels = findLabels(request);
	const paths = labels.map((label) => request.packageName(label, project));
	checkDistinct(paths, labels);
	return Workshop.run(settings, async (workshop) => {
		const pending: (PendingArchive | PendingCheckout)[] = [];
		try {
			const releases: BuiltRelease[] = [];
			for (const [i, label] of labels.entries()) {
				const parts = await makeParts(workshop, request, label);
				const content = await assembleParts(parts, request.signing, workshop.settings);
				const path = join(request.directory, "releases", paths[i]!);
				const directory = join(request.directory, "releases", label);
				pending.push(prepareCheckout(directory, content.state, content.objects, { force: true }));
				const file = await writePackageFile(workshop, content, path, formatPlatform(labelPlatform(label)));
				pending.push(file);
				const containers = parts.map(({ name }) => name);
				releases.push({ label, directory, path, bytes: file.bytes, sha256: file.sha256, containers });
			}
			for (const output of pending) output.commit();
			return releases;
		} finally {
			for (const output of pending) output.discard();
		}
	});
}

/** Of two packages of one name only the last would be left, and where a checkout is there can be none. */
function checkDistinct(names: readonly string[], labels: readonly ArchLabel[]): void {
	const taken = names.find((name) => labels.some((label) => label === name));
	if (taken !== undefined) {
		throw new ReleaseError("ERR_RELEASE_NAME", `${taken}: package name: is that of the checkout beside it`);
	}
	const second = names.findIndex((name, i) => names.indexOf(name) !== i);
	if (second < 0) return;
	const name = names[second]!;
	const reason = `expected $ARCH in the template, got one name for ${labels[names.indexOf(name)]} and ${labels[second]}`;
	throw new ReleaseError("ERR_RELEASE_NAME", `${name}: package name: ${reason}`);
}

function readProject(directory: string): Project {
	const path = join(directory, "pvpkg.json");
	const text = readFileIfPresent(path);
	if (text !== undefined) return parseProject(text, path);
	throw new ReleaseError(
		"ERR_RELEASE_PROJECT",
		`${path}: read: not there, expected a project ("pvpkg install" makes one)`,
	);
}

function findLabels({ directory, labels }: BuildRequest): readonly ArchLabel[] {
	const tree = join(directory, "pvpkg");
	const found = projectLabels(listDirectory(tree), tree, (name) =>
		listDirectory(join(tree, name)).some(
			(part) => readFileIfPresent(join(tree, name, part, "src.json")) !== undefined,
		),
	);
	if (labels !== undefined) return labels;
	if (found.length > 0) return found;
	throw new ReleaseError("ERR_RELEASE_PROJECT", `${tree}: list: expected a directory per architecture`);
}

/** The containers of an architecture, in byte order of their names. */
async function makeParts(workshop: Workshop, request: BuildRequest, label: ArchLabel): Promise<Part[]> {
	const directory = join(request.directory, "pvpkg", label);
	const parts: Part[] = [];
	for (const name of listDirectory(directory)) {
		const path = join(directory, name, "src.json");
		const text = readFileIfPresent(path);
		if (text !== undefined)
			parts.push(await makeProjectPart(workshop, request, { label, directory, name, path, text }));
	}
	if (parts.length > 0) return parts;
	throw new ReleaseError("ERR_RELEASE_PROJECT", `${directory}: list: expected NAME/src.json, got none`);
}
