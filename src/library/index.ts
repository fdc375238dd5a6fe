export type { CallOptions, LockOptions, MakeOptions } from "./call.js";
export { type CompareOptions, type Comparison, comparePackages } from "./compare.js";
export type { ContainerOptions, Files, Json, JsonMembers } from "./container-options.js";
export { type ContentsOptions, listContents, makeSbom } from "./contents.js";
export type { ErrorCode } from "./error-code.js";
export {
	type ExportOptions,
	type ExportPlan,
	exportImage,
	type ImageOptions,
	type PackageOptions,
	type PlannedPlatform,
	planExport,
	streamImage,
} from "./export.js";
export type { MadeContainer, MadePackage } from "./package-summary.js";
export {
	type BuildOptions,
	type BuiltRelease,
	buildProject,
	type FetchOptions,
	fetchProject,
	type InstalledContainer,
	type InstallOptions,
	installImage,
	type LockProjectOptions,
	type LockResult,
	lockProject,
	type ProjectOptions,
} from "./project.js";
export { openResources, type Resources, type ResourcesOptions } from "./resources.js";
export type { KeyPair, SignChoice, SignOptions } from "./sign.js";
export { type MadeSquashfs, makeSquashfs, type SquashfsOptions } from "./squashfs.js";
export { type TrustOptions, type VerifyOptions, verifyPackage } from "./verify.js";
