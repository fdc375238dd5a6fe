export { AppBench, type RootFile } from "./app-bench.js";
export { installApp } from "./app-images.js";
export { type PrunedCache, pruneCache } from "./cache.js";
export { mapConcurrently } from "./concurrency.js";
export { isUrl, openUrl, publicPlace } from "./download.js";
export { BuildError, type BuildErrorCode } from "./errors.js";
export { type ChosenImage, chooseImage } from "./image-choice.js";
export { type Origin, openOrigins, warnOfArguments } from "./origin.js";
export {
	assembleParts,
	type PackageContent,
	type Signing,
	streamPackage,
	writePackageFile,
} from "./package.js";
export { planOpened } from "./plan.js";
export { type OpenedImage, openPlatforms } from "./platforms.js";
export { makeProjectPart } from "./project-part.js";
export { formatOptionsOf } from "./root-image.js";
export {
	makeRootfsImage,
	parseRootfsPlace,
	readRootfsTree,
	sizeOfRootfs,
	sourceOfRootfs,
} from "./rootfs-origin.js";
export type { BuildSettings, Phase, ProgressEvent } from "./settings.js";
export { completeSource, sourceOfImage } from "./source.js";
export { readStateFiles } from "./state-files.js";
export { Workshop } from "./workshop.js";
