export {
	type AddAppRequest,
	type AppResult,
	addApp,
	installAppAgain,
	type UpdateAppRequest,
	updateApp,
} from "./app.js";
export { type PrunedCache, pruneCache } from "./cache.js";
export { BuildError, type BuildErrorCode } from "./errors.js";
export { type ExportedPackage, type ExportRequest, exportImage, planExport, streamImage } from "./export.js";
export { extractImages } from "./extract.js";
export type { Signing } from "./package.js";
export {
	type BuildRequest,
	type BuiltRelease,
	buildReleases,
	type InstalledSource,
	type InstallRequest,
	installImage,
} from "./project.js";
export { type PlanRequest, type PullRequest, planImage, pullImage } from "./pull.js";
export type { BuildSettings, Phase, ProgressEvent } from "./settings.js";
export { completeSource } from "./source.js";
export { makeSquashfs, type SquashfsRequest, type SquashfsResult } from "./squashfs.js";
export { readStateFiles } from "./state-files.js";
