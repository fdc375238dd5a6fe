export {
	type BlobProgress,
	type CachingOptions,
	type CachingSource,
	cachedSource,
} from "./caching-source.js";
export { SourceError, type SourceErrorCode } from "./errors.js";
export { openOciLayout } from "./oci-layout.js";
