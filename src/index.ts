// The library's door: the whole flow, and the nouns it takes and gives.
// Rooms that are of use by themselves have subpaths: pvpkg/squashfs, pvpkg/rootfs, pvpkg/registry,
// pvpkg/pantavisor, pvpkg/signing.

export * from "./build/index.js";
export {
	BytesError,
	type BytesErrorCode,
	bufferContent,
	byteString,
	type Content,
	ContentStore,
	contentBytes,
	contentChunks,
	discardPendingFiles,
	discardTemporaryDirectories,
	displayByteString,
	PendingFile,
	PvpkgError,
	type StoredBlob,
	writeFileAtomically,
} from "./bytes/index.js";
export { CheckoutError, type CheckoutErrorCode, readCheckout, writeCheckout } from "./checkout/index.js";
export { CodecError, type CodecErrorCode, type Tier } from "./codec/index.js";
export {
	ExportError,
	type ExportErrorCode,
	openPackage,
	type Package,
	type Verifiable,
	type VerifyReport,
	verifyPackage,
	writeArchive,
} from "./export/index.js";
export {
	encodeCanonicalJson,
	encodeIndentedJson,
	isJsonObject,
	JsonError,
	type JsonErrorCode,
	type JsonObject,
	type JsonValue,
	parseJson,
	plainJson,
} from "./json/index.js";
export { formatPlatform, OciError, type OciErrorCode, type Platform, parsePlatform } from "./oci/index.js";
export { OverlayError, type OverlayErrorCode } from "./overlay/index.js";
export {
	type Compat,
	createRunManifest,
	type Explanation,
	encodeRunManifestText,
	encodeState,
	explainPart,
	type Finding,
	objectReference,
	PantavisorError,
	type PantavisorErrorCode,
	parseSourceManifest,
	parseState,
	parseVolumeOption,
	renderLxcConfig,
	type SourceManifest,
	type State,
} from "./pantavisor/index.js";
export { RegistryError, type RegistryErrorCode, type RegistryOptions } from "./registry/index.js";
export {
	type ArchLabel,
	formatBuildVersion,
	formatPackageName,
	type GitFacts,
	labelPlatform,
	parseCiConfigPlatforms,
	parseLabel,
	platformLabel,
	ReleaseError,
	type ReleaseErrorCode,
} from "./release/index.js";
export { RootfsError, type RootfsErrorCode } from "./rootfs/index.js";
export {
	attachSignature,
	generateDevelopmentKeys,
	localSigner,
	parseCertificates,
	parsePrivateKey,
	parsePublicKeys,
	partSelection,
	type Signer,
	type SignerIdentity,
	SigningError,
	type SigningErrorCode,
	type SigningRequest,
	signerIdentity,
	signingRequest,
	signState,
	type Trust,
} from "./signing/index.js";
export { type PullPlan, SourceError, type SourceErrorCode } from "./sources/index.js";
export {
	type ImageEntry,
	openImage,
	readSquashfs,
	SquashfsError,
	type SquashfsErrorCode,
} from "./squashfs/index.js";
export { TarError, type TarErrorCode } from "./tar/index.js";
export { VerityError, type VerityErrorCode } from "./verity/index.js";
