export { isUrl, publicPlace } from "./address.js";
export { type CacheCheck, type PrunedCache, pruneCache, verifyCache } from "./cache.js";
export { mapConcurrently } from "./concurrency.js";
export { openUrl } from "./download.js";
export { BuildError, type BuildErrorCode } from "./errors.js";
export type {
	Choices,
	ContainerEvidence,
	Evidence,
	EvidenceDocument,
	ImageEvidence,
	ImageInputEvidence,
	InputEvidence,
	LayerEvidence,
	ObjectDigest,
	PackageDigest,
	RootfsInputEvidence,
	SignatureEvidence,
	StateDigests,
} from "./evidence.js";
export { signatureEvidence, stateDigests } from "./evidence.js";
export { findIdentity } from "./identity.js";
export { formatOptionsOf } from "./image-file.js";
export { IMAGE_RULES } from "./image-rules.js";
export { sizeOfRootfs, withTree } from "./image-tree.js";
export type { ImageSignature } from "./image-trust.js";
export {
	type ImageInput,
	type ImageName,
	type Input,
	nameInput,
	nameOf,
	parseImageInput,
	parseInput,
	parseRootfsInput,
	parseSourceWords,
	type RootfsInput,
	recordedInput,
	type SourceWord,
} from "./input.js";
export { planInputs } from "./input-plan.js";
export type { MadeRecord } from "./made-record.js";
export { type Container, type ContainerRequest, makeContainer } from "./make.js";
export { type Below, makeRoot, type Reuse } from "./make-images.js";
export { complete, describe, isComplete } from "./manifest.js";
export {
	type OpenedImage,
	type OpenedInput,
	openImages,
	openInput,
	openInputs,
} from "./open.js";
export {
	assemblePackage,
	type PackageContent,
	type PackageRequest,
	type PendingPackage,
	type Signing,
	streamPackage,
	writePackage,
} from "./package.js";
export { planImages } from "./plan.js";
export type { PlatformSelection } from "./platform-choice.js";
export type {
	ImageCache,
	ImageMaker,
	ImageResolver,
	MadeImage,
	ObservedTree,
	PinnedImage,
	PinnedInput,
	PinnedRootfs,
	Ports,
	RootFile,
	RootfsContent,
	TreeObserver,
} from "./ports.js";
export { addressSource, fileDescriptor, identifyRootfs } from "./rootfs-tree.js";
export { checkArguments } from "./rules.js";
export { Run } from "./run.js";
export type { LockSettings, Phase, ProgressEvent, RunSettings } from "./settings.js";
export { Shared } from "./shared.js";
export { readStateFiles } from "./state-files.js";
