import { join } from "node:path";
import type { SbomFormat } from "../evidence/sbom/index.js";
import {
	buildReleases,
	fetchLocked,
	installImage as installFlow,
	LOCK_FILE,
	type LockChange,
	lockImages,
} from "../flows/index.js";
import { parsePlatform } from "../image/oci/index.js";
import { formatPackageName, type Project, parseLabel } from "../pantavisor/project/index.js";
import { lockSettings, type MakeOptions, withSettings } from "./call.js";
import { type ContainerOptions, sourceOptions } from "./container-options.js";
import { type ImageOptions, nameOf } from "./export.js";
import { type MadePackage, madePackage } from "./package-summary.js";
import { type SignOptions, signingOf } from "./sign.js";
import { libraryTool, libraryVersion } from "./version.js";

/** What every call about a project takes. */
export interface ProjectOptions {
	/** Directory of `pvpkg.json` and `pvpkg/`. Default: the working directory. */
	readonly directory?: string | undefined;
}

/** What `installImage` takes. */
export interface InstallOptions extends ImageOptions, ContainerOptions, ProjectOptions {
	/** Platforms to record the image for. */
	readonly platforms: readonly string[];
	/** Name of the container. Default: the last part of the image's name. */
	readonly name?: string | undefined;
	/** Container of the project whose root file system this one is laid over. */
	readonly base?: string | undefined;
	/** Replaces an existing `src.json`. Default: false. */
	readonly force?: boolean | undefined;
	/**
	 * Name and version for `pvpkg.json`, where it does not exist yet. Default: the container's name, and `v0.0.1`.
	 */
	readonly project?:
		| { readonly name?: string | undefined; readonly version?: string | undefined }
		| undefined;
}

/** A container that was recorded in a project. */
export interface InstalledContainer {
	/** Platform of the image. */
	readonly platform: string;
	/** Name of the architecture in file names. */
	readonly label: string;
	/** Path of the `src.json`. */
	readonly path: string;
	/** Digest of the image's manifest, `sha256:…`; undefined for a root file system. */
	readonly image: string | undefined;
}

/** Records an image in a project: `pvpkg/LABEL/NAME/src.json` for every platform, and `pvpkg.json`. */
export async function installImage(options: InstallOptions): Promise<InstalledContainer[]> {
	const { directory = ".", image, as, base, force, project } = options;
	const request = {
		...{ directory, image, as, base, force, name: options.name ?? nameOf(options) },
		platforms: options.platforms.map((text) => parsePlatform(text)),
		options: sourceOptions(options),
		projectName: project?.name,
		projectVersion: project?.version,
	};
	const installed = await withSettings(options, (settings) => installFlow(request, settings));
	return installed.map(({ platform, label, path, digest }) => ({ platform, label, path, image: digest }));
}

/** What `buildProject` takes. */
export interface BuildOptions extends MakeOptions, SignOptions, ProjectOptions {
	/** Architectures such as `arm64v8`. Default: all below `pvpkg/`. */
	readonly labels?: readonly string[] | undefined;
	/** Group of the containers that name none. */
	readonly group?: string | undefined;
	/** Value of `$BUILD_VERSION` in names. */
	readonly buildVersion?: string | undefined;
	/**
	 * Name of each package, with `$PACKAGE_NAME`, `$PACKAGE_VERSION`, `$BUILD_VERSION` and `$ARCH`, or `container-ci`
	 * or `gitlab`. Default: `container-ci` with a build version, else `gitlab`.
	 */
	readonly nameTemplate?: string | undefined;
	/** Formats of the SBOMs that are written beside each package. Default: none. */
	readonly sbom?: readonly SbomFormat[] | undefined;
}

/** An architecture of a project that was built. */
export interface BuiltRelease extends MadePackage {
	/** Path of the pvr checkout beside the package. */
	readonly directory: string;
}

/** Builds a project: `releases/LABEL/`, a pvr checkout, and the package beside it. All of it is put in place, or nothing. */
export async function buildProject(options: BuildOptions): Promise<BuiltRelease[]> {
	const signing = signingOf(options);
	const { directory = ".", labels, group, sbom } = options;
	const request = {
		...{ directory, group, signing, labels: labels?.map(parseLabel) },
		sbom: sbom && { formats: sbom, tool: libraryTool() },
		packageName: (label: string, project: Project) => packageName(options, label, project),
	};
	const built = await withSettings(options, (settings) => buildReleases(request, settings));
	return built.map((release) => ({ ...madePackage(release.evidence), directory: release.directory }));
}

function packageName({ buildVersion, nameTemplate }: BuildOptions, label: string, project: Project): string {
	return formatPackageName(nameTemplate ?? (buildVersion === undefined ? "gitlab" : "container-ci"), {
		PACKAGE_NAME: project.name,
		PACKAGE_VERSION: project.version,
		BUILD_VERSION: buildVersion,
		ARCH: label,
	});
}

/** What `lockProject` takes. */
export interface LockProjectOptions extends MakeOptions, ProjectOptions {
	/** Images whose tags are looked up again: all, or those named. Default: what is locked stays. */
	readonly update?: "all" | readonly string[] | undefined;
	/** Writes nothing. Default: false. */
	readonly dryRun?: boolean | undefined;
}

/** What `lockProject` did. */
export interface LockResult {
	/** Path of the lock. */
	readonly path: string;
	/** Images whose digest changed. */
	readonly changes: readonly LockChange[];
	/** Files that were written, or would be with `dryRun`. */
	readonly written: readonly string[];
}

/** Writes down in `pvpkg.lock.json`, and in each `src.json`, which images the names of a project mean. */
export async function lockProject(options: LockProjectOptions = {}): Promise<LockResult> {
	const { directory = ".", update, dryRun } = options;
	const request = { directory, update, dryRun, version: libraryVersion() };
	return withSettings(options, (settings) => lockImages(request, settings));
}

/** What `fetchProject` takes. */
export interface FetchOptions extends MakeOptions, ProjectOptions {
	/** Platforms to fetch. Default: all that are locked. */
	readonly platforms?: readonly string[] | undefined;
	/** OCI layout to write, for `lock: { from }`, which reads it without the network. */
	readonly layout: string;
}

/** Fetches everything that the lock of a project names into an OCI layout. Returns the bytes of it. */
export async function fetchProject(options: FetchOptions): Promise<number> {
	const { directory = ".", platforms, layout } = options;
	const lock = { path: join(directory, LOCK_FILE), strict: true };
	const request = {
		lock: lockSettings({ ...options, lock })!,
		platforms: platforms?.map((text) => parsePlatform(text)),
		layout,
	};
	return withSettings(options, (settings) => fetchLocked(request, settings));
}
