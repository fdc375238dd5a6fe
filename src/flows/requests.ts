import type { Signing } from "../container/index.js";
import type { AttestationForm, BuilderIdentity } from "../evidence/attest/index.js";
import type { SbomFormat } from "../evidence/sbom/index.js";
import type { Platform } from "../image/oci/index.js";
import type { StateFile } from "../pantavisor/package/index.js";
import type { ArchLabel, Project } from "../pantavisor/project/index.js";
import type { Signer } from "../pantavisor/signing/index.js";
import type { Compat, SourceManifest, SourceOptions } from "../pantavisor/source/index.js";
import type { SettingsChange } from "./settings-change.js";

/** Which SBOMs are written. */
export interface SbomRequest {
	readonly formats: readonly SbomFormat[];
	/** Where they are written. Default: beside each package. */
	readonly directory?: string | undefined;
	/** The program that they name as their maker. */
	readonly tool: { readonly name: string; readonly version: string };
}

/** Statements about packages: how they came to be, and their SBOMs where these are made. */
export interface ProvenanceRequest {
	/** Where they are written. Default: beside each package. */
	readonly directory?: string | undefined;
	readonly form: AttestationForm;
	/** Absent: statements are written as they are, to be signed elsewhere. */
	readonly signer?: Signer | undefined;
	readonly builder: BuilderIdentity;
	/** The program that they name. */
	readonly tool: SbomRequest["tool"];
	/** States when the work began and ended; milliseconds since 1970. Default: they do not say it. */
	readonly clock?: { readonly started: number; now(): number } | undefined;
}

/** Packages on devices, over which containers may be laid. */
export interface PatchRequest {
	/** A package, a checkout, or a directory of them. */
	readonly from: string;
	/** Most percent of the old root file system that an overlay may have; instead of a larger one a whole image is made. */
	readonly limit: number;
}

export interface ExportRequest {
	/** IMAGE, as on the command line. */
	readonly image: string;
	/** `NAME[:TAG]` that src.json is to have. Default: the name of IMAGE, or of the lock. */
	readonly as?: string | undefined;
	/** Name of the container. */
	readonly name: string;
	/** Default: all that the image has. A root file system needs its one platform. */
	readonly platforms?: readonly Platform[] | undefined;
	readonly options?: SourceOptions | undefined;
	readonly compat?: Compat | undefined;
	/** Group of a container that names none. */
	readonly group?: string | undefined;
	/** Further files of the container, by their path below it. */
	readonly files?: ReadonlyMap<string, StateFile> | undefined;
	/** Files laid over its root file system, by their path in it. */
	readonly overlay?: ReadonlyMap<string, StateFile> | undefined;
	readonly patch?: PatchRequest | undefined;
	readonly signing?: Signing | undefined;
	readonly sbom?: SbomRequest | undefined;
	readonly provenance?: ProvenanceRequest | undefined;
	/** Path of a platform's package. */
	path(label: ArchLabel): string;
}

export interface PullRequest {
	readonly image: string;
	/** Default: all that the image has. */
	readonly platforms?: readonly Platform[] | undefined;
	/** OCI layout to write, besides the content store: a directory, or `oci-archive:FILE`. */
	readonly layout?: string | undefined;
	/** Name of the image in the layout. */
	readonly tag?: string | undefined;
}

/** What is planned, and where its output would go. */
export interface PlanRequest {
	readonly image: string;
	/** `NAME[:TAG]` that src.json is to have. Default: the name of IMAGE, or of the lock. */
	readonly as?: string | undefined;
	/** Default: all that the image has. */
	readonly platforms?: readonly Platform[] | undefined;
	readonly outputDirectory: string;
}

export interface InstallRequest {
	/** Of the project: where `pvpkg/` and `pvpkg.json` are. */
	readonly directory: string;
	readonly image: string;
	/** `NAME[:TAG]` that src.json is to have. Default: the name of IMAGE, or of the lock. */
	readonly as?: string | undefined;
	readonly name: string;
	readonly platforms: readonly Platform[];
	readonly options?: Omit<SourceOptions, "base"> | undefined;
	/** Container of the project whose root file system is the base. */
	readonly base?: string | undefined;
	/** Replaces an existing src.json. */
	readonly force?: boolean | undefined;
	/** For a `pvpkg.json` that is not there yet. */
	readonly projectName?: string | undefined;
	readonly projectVersion?: string | undefined;
}

/** What decides the bytes of a project's packages, besides the project and the settings. */
export interface ReleaseRequest {
	/** Of the project: where `pvpkg/` and `pvpkg.json` are. */
	readonly directory: string;
	readonly signing?: Signing | undefined;
	readonly compat?: Compat | undefined;
	/** Group of containers that name none. */
	readonly group?: string | undefined;
	readonly patch?: PatchRequest | undefined;
}

export interface BuildRequest extends ReleaseRequest {
	/** Default: all that `pvpkg/` has. */
	readonly labels?: readonly ArchLabel[] | undefined;
	readonly sbom?: SbomRequest | undefined;
	readonly provenance?: ProvenanceRequest | undefined;
	/** File name of a package. */
	packageName(label: ArchLabel, project: Project): string;
}

export interface ReproRequest extends Omit<ReleaseRequest, "signing"> {
	/** Which packages in `releases/` are compared. Default: one for each architecture below `pvpkg/`. */
	readonly labels?: readonly ArchLabel[] | undefined;
	/** Packages, or directories of them, to compare instead of those in `releases/`. */
	readonly packages?: readonly string[] | undefined;
	/** Most bytes that a package may unpack to. */
	readonly maximumUnpacked?: number | undefined;
}

/** A container of a checkout. */
export interface AppRequest {
	/** The checkout. */
	readonly directory: string;
	/** Of the container. */
	readonly name: string;
	readonly compat?: Compat | undefined;
	/** Changes of src.json; when a container is added, its options say all. */
	readonly change?: SettingsChange | undefined;
}

export interface AddAppRequest extends AppRequest {
	readonly type: "docker" | "rootfs" | "pvr";
	/** IMAGE; directory, archive or address; `PACKAGE#part`. */
	readonly from: string;
	readonly platform?: Platform | undefined;
	/** Container whose root file system is the base. */
	readonly base?: string | undefined;
	readonly options: Omit<SourceOptions, "base">;
	/** Replaces a container of that name. */
	readonly force?: boolean | undefined;
}

export interface UpdateAppRequest extends AppRequest {
	/** What the container is made of. Default: as recorded. */
	readonly type?: AddAppRequest["type"] | undefined;
	/** Another IMAGE, root file system or PACKAGE#part than the one recorded. */
	readonly from?: string | undefined;
	readonly platform?: Platform | undefined;
	/** pvr's words: `remote,local`. */
	readonly source?: string | undefined;
	readonly base?: string | undefined;
	/** Lays the difference over the present root file system. */
	readonly patch?: boolean | undefined;
	/** Makes a whole root file system again where there was a patch or a base. */
	readonly newBase?: boolean | undefined;
}

/** What became of a container. */
export interface AppResult {
	readonly name: string;
	readonly source: SourceManifest;
	/** Containers that have it as their base, and were made again with it. */
	readonly dependants: readonly string[];
}
