// pvpkg/registry: what names of images mean, and their layers, from any OCI or Docker registry.

export {
	type Descriptor,
	type Digest,
	type DigestAlgorithm,
	type FetchedManifest,
	formatPlatform,
	formatReference,
	type Image,
	type ImageConfig,
	type ImageLayer,
	type ImageSource,
	type Index,
	type Manifest,
	OciError,
	type OciErrorCode,
	type Platform,
	type PlatformMatch,
	type PlatformPolicy,
	parsePlatform,
	parseReference,
	type Reference,
	type ResolveOptions,
	resolveImages,
} from "../image/oci/index.js";
export {
	type LookupAll,
	openRegistry,
	RegistryError,
	type RegistryErrorCode,
	type RegistryOptions,
	type RegistrySource,
} from "../image/registry/index.js";
