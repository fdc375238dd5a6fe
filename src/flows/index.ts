export {
	type AddAppRequest,
	type AppResult,
	addApp,
	installAppAgain,
	type UpdateAppRequest,
	updateApp,
} from "./app.js";
export { type ExportedPackage, type ExportRequest, exportImage, planExport, streamImage } from "./export.js";
export { extractImages } from "./extract.js";
export {
	type BuildRequest,
	type BuiltRelease,
	buildReleases,
	type InstalledSource,
	type InstallRequest,
	installImage,
} from "./project.js";
export { type PlanRequest, type PullRequest, planImage, pullImage } from "./pull.js";
export { makeSquashfs, type SquashfsRequest, type SquashfsResult } from "./squashfs.js";
