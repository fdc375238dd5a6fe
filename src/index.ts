// The library's door: one call for each job of the command line, with the same work behind it.
// `pvpkg/types` has the shapes that these calls take and return; those that most programs name are here, too.
// Rooms that are of use by themselves have subpaths: pvpkg/registry, pvpkg/rootfs, pvpkg/squashfs,
// pvpkg/pantavisor, pvpkg/signing.

export type { ProgressEvent } from "./container/index.js";
export { PvpkgError } from "./ground/bytes/index.js";
export type { Finding } from "./ground/findings/index.js";
export {
	type BuildOptions,
	type BuiltRelease,
	buildProject,
	comparePackages,
	type ErrorCode,
	type ExportOptions,
	exportImage,
	fetchProject,
	installImage,
	listContents,
	lockProject,
	type MadePackage,
	makeSbom,
	makeSquashfs,
	openResources,
	planExport,
	type Resources,
	type SignOptions,
	streamImage,
	type VerifyOptions,
	verifyPackage,
} from "./library/index.js";
export type { VerifyReport } from "./verify/index.js";
