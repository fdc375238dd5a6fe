// The door of the command line: whatever its commands take from the rooms. It is no part of the library.

export type { Tier } from "./codec/index.js";
export {
	type Budget,
	CompareError,
	codeQualityReport,
	formatReport,
	htmlReport,
	isExceeded,
	markdownReport,
	memberLine,
	metricsReport,
	parseBudgetExpression,
	parseBudgets,
	type Report,
	reportDocument,
	reportPackages,
} from "./compare/report/index.js";
export { DIFFERENCE_LIMIT, type Difference, formatDifference } from "./compare/repro/index.js";
export {
	type BuildSettings,
	type LockSettings,
	type Phase,
	type ProgressEvent,
	pruneCache,
	readStateFiles,
	type Signing,
	verifyCache,
} from "./container/index.js";
export {
	DeviceClient,
	type PushEvents,
	type PushPlan,
	type PushResult,
	pushPackages,
	type RevisionProgress,
	runRevision,
} from "./delivery/device/index.js";
export {
	cloneRepository,
	deployRepositories,
	isRemoteAddress,
	type LocalOptions,
	parseRemoteAddress,
	postState,
	putObjects,
	putState,
	type ReceiveRequest,
	type RemoteAddress,
	receiveState,
	type ServerOptions,
	withServer,
} from "./delivery/repository/index.js";
export type {
	ComponentChange,
	SbomComparison,
	SbomFormat,
} from "./evidence/sbom/index.js";
export {
	type AppResult,
	addApp,
	attachToStatement,
	buildReleases,
	type CheckedAttestation,
	type ContentsListing,
	type ContentsRequest,
	checkAttestations,
	checkLock,
	checkSbomDocument,
	compareContents,
	comparePackageFiles,
	completeSource,
	describeImage,
	type ExportRequest,
	exportImage,
	extractImages,
	fetchLocked,
	type ImageDescription,
	installAppAgain,
	installImage,
	LOCK_FILE,
	type LockChange,
	type LockedAddress,
	listContents,
	listLocked,
	listTags,
	lockImages,
	logIn,
	logOut,
	makeSbom,
	makeSquashfs,
	type PackageInput,
	type PackageSummary,
	type PatchRequest,
	type PlatformDescription,
	type ProvenanceRequest,
	packageSummary,
	planExport,
	planImage,
	pullImage,
	type Reproduction,
	readLock,
	releaseSummary,
	reproduceReleases,
	type SbomRequest,
	type SettingsChange,
	signStatementFile,
	statementInput,
	streamImage,
	updateApp,
	withPackageInput,
} from "./flows/index.js";
export {
	BytesError,
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
	compareCodePoints,
	encodeCanonicalJson,
	encodeIndentedJson,
	isJsonObject,
	type JsonObject,
	type JsonValue,
	parseJson,
	plainJson,
	sortJson,
} from "./ground/json/index.js";
export { ContentStore, readCacheKeyFile } from "./ground/store/index.js";
export { LockError } from "./image/lock/index.js";
export {
	formatPlatform,
	type Platform,
} from "./image/oci/index.js";
export type { RegistryOptions } from "./image/registry/index.js";
export {
	type NamingOptions,
	nameImage,
	type PullPlan,
} from "./image/sources/index.js";
export {
	type ImageKey,
	type ImagePolicy,
	type ImageTrust,
	parseImageKeys,
	parseImagePolicy,
} from "./image/trust/index.js";
export {
	addFiles,
	applyVerity,
	type Checkout,
	checkoutStatus,
	commitCheckout,
	convertVolume,
	importState,
	initCheckout,
	listApps,
	type OpenedRepository,
	openRepository,
	type PlaceName,
	type ProtectedVolume,
	readApp,
	readCheckout,
	readCommitMessage,
	readPlace,
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
	openPackage,
	type Package,
	type PackageReadOptions,
	readArchive,
	type StateFile,
	stateFile,
	writeArchive,
	writeArchiveFile,
} from "./pantavisor/package/index.js";
export {
	type ArchLabel,
	formatBuildVersion,
	formatPackageName,
	type GitFacts,
	labelOfPath,
	parseCiConfigPlatforms,
	parseLabel,
	parsePlatformWord,
	platformLabel,
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
	parseArgument,
	parseSourceManifest,
	parseVolumeOption,
	type SourceManifest,
	sourceManifestValue,
} from "./pantavisor/source/index.js";
export {
	encodeState,
	objectReference,
	partOfKey,
	type State,
	selectParts,
	stateObjects,
} from "./pantavisor/state/index.js";
export {
	type Alignment,
	parseAlignment,
	SquashfsError,
} from "./squashfs/format/index.js";
export { type KernelTarget, parseKernelConfig, parseKernelVersion } from "./squashfs/kernel/index.js";
export { formatOptionLength } from "./squashfs/options/index.js";
export { type ImageEntry, openImage } from "./squashfs/read/index.js";
export {
	type AgainstReport,
	type Policy,
	parsePolicy,
	type VerifyOptions,
	type VerifyReport,
	verifyAgainst,
	verifyPackage,
} from "./verify/index.js";
