// The library's door: the whole flow, and the nouns it takes and gives.
// Rooms that are of use by themselves have subpaths: pvpkg/squashfs, pvpkg/rootfs, pvpkg/registry,
// pvpkg/pantavisor, pvpkg/signing.

export { CodecError, type CodecErrorCode, type Tier } from "./codec/index.js";
export {
	type Budget,
	type BudgetResult,
	CompareError,
	type CompareErrorCode,
	codeQualityReport,
	formatReport,
	htmlReport,
	isExceeded,
	markdownReport,
	memberLine,
	metricsReport,
	type PlatformReport,
	parseBudgetExpression,
	parseBudgets,
	type Report,
	type ReportRequest,
	reportDocument,
	reportPackages,
} from "./compare/report/index.js";
export {
	BuildError,
	type BuildErrorCode,
	type BuildSettings,
	type Evidence,
	type Phase,
	type ProgressEvent,
	type PrunedCache,
	pruneCache,
	readStateFiles,
	type Signing,
} from "./container/index.js";
export {
	type AddAppRequest,
	type AppResult,
	addApp,
	type BuildRequest,
	type BuiltRelease,
	buildReleases,
	completeSource,
	type ExportRequest,
	exportImage,
	extractImages,
	type InstalledSource,
	type InstallRequest,
	installAppAgain,
	installImage,
	makeSquashfs,
	type PackageSummary,
	type PlanRequest,
	type PullRequest,
	packageSummary,
	planExport,
	planImage,
	pullImage,
	type ReleaseSummary,
	releaseSummary,
	type SquashfsRequest,
	type SquashfsResult,
	streamImage,
	type UpdateAppRequest,
	updateApp,
} from "./flows/index.js";
export {
	BytesError,
	type BytesErrorCode,
	bufferContent,
	byteString,
	type Content,
	contentBytes,
	contentChunks,
	displayByteString,
	type ErrorKind,
	PvpkgError,
} from "./ground/bytes/index.js";
export {
	checkOutputDirectory,
	checkOutputFile,
	type DirectoryWriter,
	discardPendingFiles,
	discardTemporaryDirectories,
	isDirectory,
	makeDirectory,
	PendingFile,
	writeFileAtomically,
} from "./ground/files/index.js";
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
	sortJson,
} from "./ground/json/index.js";
export { ContentStore, type StoredBlob } from "./ground/store/index.js";
export { TarError, type TarErrorCode } from "./ground/tar/index.js";
export {
	formatPlatform,
	OciError,
	type OciErrorCode,
	type Platform,
	parsePlatform,
} from "./image/oci/index.js";
export { OverlayError, type OverlayErrorCode } from "./image/overlay/index.js";
export type { RegistryErrorCode, RegistryOptions } from "./image/registry/index.js";
export { RootfsError, type RootfsErrorCode } from "./image/rootfs/index.js";
export {
	type NamingOptions,
	nameImage,
	type PullPlan,
	SourceError,
	type SourceErrorCode,
} from "./image/sources/index.js";
export {
	addFiles,
	applyVerity,
	type Checkout,
	CheckoutError,
	type CheckoutErrorCode,
	checkoutStatus,
	commitCheckout,
	convertVolume,
	importState,
	initCheckout,
	listApps,
	type ProtectedVolume,
	readApp,
	readCheckout,
	readWorkingState,
	removeApp,
	restoreCheckout,
	stateDifference,
	withWorkingSignatures,
	writeCheckout,
	writeSignatures,
} from "./pantavisor/checkout/index.js";
export { type Explanation, explainPart, renderLxcConfig } from "./pantavisor/lxc/index.js";
export {
	type ArchiveSummary,
	ExportError,
	type ExportErrorCode,
	openPackage,
	openSoundPackage,
	type Package,
	type PackageReadOptions,
	readArchive,
	type StateFile,
	stateFile,
	writeArchive,
	writeArchiveFile,
} from "./pantavisor/package/index.js";
export {
	ARCH_LABELS,
	type ArchLabel,
	formatBuildVersion,
	formatPackageName,
	type GitFacts,
	labelPlatform,
	parseCiConfigPlatforms,
	parseLabel,
	parsePlatformWord,
	platformLabel,
	ReleaseError,
	type ReleaseErrorCode,
} from "./pantavisor/project/index.js";
export type { Finding } from "./pantavisor/rules/index.js";
export { createRunManifest, encodeRunManifestText } from "./pantavisor/run/index.js";
export {
	attachSignature,
	coverageOf,
	encodePayload,
	generateDevelopmentKeys,
	localSigner,
	parseCertificates,
	parsePrivateKey,
	parsePublicKeys,
	parseSignature,
	partSelection,
	rawSelection,
	type Signature,
	type Signer,
	type SignerIdentity,
	SigningError,
	type SigningErrorCode,
	type SigningRequest,
	selectSignatures,
	signatureListing,
	signatureSelection,
	signerIdentity,
	signingRequest,
	signState,
	type Trust,
	updateSignatures,
	verifyState,
} from "./pantavisor/signing/index.js";
export {
	type Compat,
	parseSourceManifest,
	parseVolumeOption,
	type SourceManifest,
	sourceManifestValue,
} from "./pantavisor/source/index.js";
export {
	encodeState,
	objectReference,
	PantavisorError,
	type PantavisorErrorCode,
	parseState,
	type State,
	selectParts,
} from "./pantavisor/state/index.js";
export { VerityError, type VerityErrorCode } from "./pantavisor/verity/index.js";
export { SquashfsError, type SquashfsErrorCode } from "./squashfs/format/index.js";
export { formatOptionLength } from "./squashfs/options/index.js";
export { type ImageEntry, openImage, readSquashfs } from "./squashfs/read/index.js";
export {
	type Policy,
	parsePolicy,
	type Verifiable,
	type VerifyReport,
	verifyPackage,
} from "./verify/index.js";
