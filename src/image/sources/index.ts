export { openPackedArchive } from "./archive-file.js";
export {
	type BlobProgress,
	type CachingOptions,
	type CachingSource,
	cachedSource,
} from "./caching-source.js";
export type { SourceContext } from "./context.js";
export { openDockerArchive } from "./docker-archive.js";
export { openDockerDaemon } from "./docker-daemon.js";
export { SourceError, type SourceErrorCode } from "./errors.js";
export { writeLayoutArchive } from "./layout-archive.js";
export { type LocalKind, sniffPath } from "./local-kind.js";
export { type ImageLocation, isRootfsLocation, parseImageLocation, type RootfsLocation } from "./location.js";
export { type NamingOptions, nameImage } from "./naming.js";
export { openOciArchive, openOciLayout } from "./oci-layout.js";
export { type LayoutImage, type LayoutManifest, OciLayoutWriter } from "./oci-layout-writer.js";
export { type ImageSourceContext, openFirstSource, openImageSource } from "./open.js";
export { readRootfs } from "./open-rootfs.js";
export {
	type BlobPlan,
	checkDiskPlan,
	type DiskPlan,
	type PlanPlaces,
	type PlatformPlan,
	type PullPlan,
	planPull,
	planRootfs,
} from "./plan.js";
export { isPretending } from "./pretended-directory.js";
export { type RootfsDirectoryOptions, readRootfsDirectory } from "./rootfs-directory.js";
export { measureRootfs, type RootfsSize } from "./rootfs-size.js";
