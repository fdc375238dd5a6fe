export { BlobVerifier, verifyBlob } from "./blob-verifier.js";
export { isImageIndex } from "./candidates.js";
export { parseDescriptor } from "./descriptor.js";
export { type DigestAlgorithm, digestAlgorithm, digestBytes, parseDigest } from "./digest.js";
export { OciError, type OciErrorCode } from "./errors.js";
export { MAX_CONFIG_SIZE, parseImageConfig } from "./image-config.js";
export { imagesOfIndex, startingAt } from "./index-images.js";
export { MAX_MANIFEST_SIZE, manifestMediaType, parseManifestDocument } from "./manifest.js";
export { isForeignLayerType, MANIFEST_ACCEPT, OCI_INDEX, parseContentType } from "./media-type.js";
export { misspeltInSavedImages } from "./member-names.js";
export type {
	BlobFile,
	Descriptor,
	Digest,
	FetchedManifest,
	Image,
	ImageConfig,
	ImageLayer,
	ImageSource,
	Index,
	Manifest,
	Platform,
	PlatformMatch,
	Reference,
} from "./nouns.js";
export { effectiveVariant, formatPlatform, parsePlatform, platformKey } from "./platform.js";
export { choosePlatform, type PlatformPolicy, runsOn } from "./platform-choice.js";
export {
	canonicalName,
	canonicalRegistry,
	DOCKER_HUB,
	formatReference,
	parseReference,
} from "./reference.js";
export { type ResolveOptions, resolveImages } from "./resolve.js";
