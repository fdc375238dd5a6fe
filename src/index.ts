// The library's door: one call for each job of the command line, with the same work behind it.
// Rooms that are of use by themselves have subpaths: pvpkg/registry, pvpkg/rootfs, pvpkg/squashfs,
// pvpkg/pantavisor, pvpkg/signing.

export type { Phase, ProgressEvent } from "./container/index.js";
export type { ListedComponent, SbomFormat } from "./evidence/sbom/index.js";
export type { ContentsListing, LockChange } from "./flows/index.js";
export { type ErrorKind, PvpkgError, type RoomErrors } from "./ground/bytes/index.js";
export type { Finding, Severity } from "./ground/findings/index.js";
export type { RegistryOptions } from "./image/registry/index.js";
export {
	type BuildOptions,
	type BuiltRelease,
	buildProject,
	type CallOptions,
	type CompareOptions,
	type Comparison,
	type ContainerOptions,
	type ContentsOptions,
	comparePackages,
	type ErrorCode,
	type ExportOptions,
	type ExportPlan,
	exportImage,
	type FetchOptions,
	type Files,
	fetchProject,
	type ImageOptions,
	type InstalledContainer,
	type InstallOptions,
	installImage,
	type Json,
	type JsonMembers,
	type KeyPair,
	type LockOptions,
	type LockProjectOptions,
	type LockResult,
	listContents,
	lockProject,
	type MadeContainer,
	type MadePackage,
	type MadeSquashfs,
	type MakeOptions,
	makeSbom,
	makeSquashfs,
	openResources,
	type PackageOptions,
	type PlannedPlatform,
	type ProjectOptions,
	planExport,
	type Resources,
	type ResourcesOptions,
	type SignChoice,
	type SignOptions,
	type SquashfsOptions,
	streamImage,
	type TrustOptions,
	type VerifyOptions,
	verifyPackage,
} from "./library/index.js";
export type { ByteSink } from "./pantavisor/package/index.js";
export type { TrustLevel, VerifyReport } from "./verify/index.js";
