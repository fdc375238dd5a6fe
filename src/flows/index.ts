export { addApp, installAppAgain, updateApp } from "./app.js";
export { completeSource } from "./complete.js";
export { exportImage, streamImage } from "./export.js";
export { extractImages } from "./extract.js";
export { type InstalledSource, installImage } from "./install.js";
export { planExport, planImage } from "./plan.js";
export { type BuiltRelease, buildReleases } from "./project.js";
export { pullImage } from "./pull.js";
export type {
	AddAppRequest,
	AppResult,
	BuildRequest,
	ExportRequest,
	InstallRequest,
	PlanRequest,
	PullRequest,
	UpdateAppRequest,
} from "./requests.js";
export { makeSquashfs, type SquashfsRequest, type SquashfsResult } from "./squashfs.js";
export { type PackageSummary, packageSummary, type ReleaseSummary, releaseSummary } from "./summary.js";
