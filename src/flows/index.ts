export { addApp, installAppAgain } from "./app.js";
export { updateApp } from "./app-update.js";
export { attachToStatement, signStatementFile, statementInput } from "./attest.js";
export { type CheckedAttestation, checkAttestations } from "./attestations.js";
export { completeSource } from "./complete.js";
export type { ContentsRequest } from "./contents.js";
export { exportImage, streamImage } from "./export.js";
export { extractImages } from "./extract.js";
export { type FetchRequest, fetchLocked, type LockedAddress, listLocked } from "./fetch.js";
export { identityBeside } from "./identity-beside.js";
export { type InstalledSource, installImage } from "./install.js";
export {
	checkLock,
	LOCK_FILE,
	type LockChange,
	type LockReport,
	type LockRequest,
	lockImages,
	lockPlace,
	readLock,
} from "./lock/index.js";
export { lockOutputs, type OutputsRequest } from "./locked-outputs.js";
export { type LoginCredentials, type LoginResult, logIn, logOut } from "./login.js";
export {
	describeImage,
	type ImageDescription,
	listTags,
	type PlatformDescription,
	type TagListing,
} from "./look.js";
export { type PackageInput, type PackageInputOptions, withPackageInput } from "./package-input.js";
export { planExport } from "./plan.js";
export { type BuiltRelease, buildReleases } from "./project.js";
export { pullImage } from "./pull.js";
export { planImage } from "./pull-plan.js";
export { comparePackageFiles, type Reproduction, reproduceReleases } from "./repro.js";
export { type ProvenanceReproduction, reproduceProvenance } from "./repro-provenance.js";
export type {
	AddAppRequest,
	AppResult,
	BuildRequest,
	ExportRequest,
	InstallRequest,
	PatchRequest,
	PlanRequest,
	ProvenanceRequest,
	PullRequest,
	ReproRequest,
	SbomRequest,
	UpdateAppRequest,
} from "./requests.js";
export { type ContentsListing, checkSbomDocument, compareContents, listContents, makeSbom } from "./sbom.js";
export type { SettingsChange } from "./settings-change.js";
export { makeSquashfs, type SquashfsRequest, type SquashfsResult } from "./squashfs.js";
export { type PackageSummary, packageSummary, type ReleaseSummary, releaseSummary } from "./summary.js";
