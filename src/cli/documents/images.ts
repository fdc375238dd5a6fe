import type {
	ContentDigest,
	Count,
	FilePath,
	LabelName,
	PlatformName,
	Sha256,
	Size,
	StateKey,
} from "./vocabulary.js";

/** What `export` made of an image. */
export interface ExportedPackages {
	readonly packages: readonly ExportedPackage[];
}

/** A package of one platform. */
export interface ExportedPackage {
	/** What was requested. */
	readonly platform: PlatformName;
	/** Of the image's manifest; a root file system has none. */
	readonly digest?: ContentDigest | undefined;
	/** The image file of the container. */
	readonly rootfs: StoredFile;
	/** Absent for a platform that has no label. */
	readonly label?: LabelName | undefined;
	/** Absent for a package that was streamed. */
	readonly path?: FilePath | undefined;
	readonly size: Size;
	readonly sha256: Sha256;
	/** The signatures of the image that were demanded, and are good. */
	readonly signatures: readonly ImageSignature[];
	/** What was written beside it. */
	readonly documents: readonly WrittenDocument[];
}

/** A signature of an image that was demanded, by --verify-image or a policy, and is good. */
export interface ImageSignature {
	/** The container that was made of the image. */
	readonly container: string;
	/** Digest of the public key's SubjectPublicKeyInfo. */
	readonly key: ContentDigest;
	/** The manifest, or the index that names it, that was signed. */
	readonly digest: ContentDigest;
	readonly form: "simple-signing" | "bundle";
	/** What the signer called the image; bundles do not say it. */
	readonly identity?: string | undefined;
}

/** An SBOM or an attestation. */
export interface WrittenDocument extends StoredFile {
	readonly path: FilePath;
	/** Such as `spdx-json`, `cyclonedx-json`, `provenance`; a signed SBOM has the name of the SBOM's form. */
	readonly content: string;
	/** `json` as it is, `bundle` and `dsse` with a signature, `statement` without. */
	readonly form: "json" | "bundle" | "dsse" | "statement";
	readonly mediaType: string;
}

export interface StoredFile {
	readonly size: Size;
	readonly sha256: Sha256;
}

/** What `export PACKAGE` made of a checkout. */
export interface ExportedCheckout {
	readonly path: FilePath;
	readonly size: Size;
	readonly sha256: Sha256;
	/** Objects in the package. */
	readonly objects: Count;
}

/** What fetching and making an image takes: `export --dry-run`, `pull`. */
export interface ImagePlan {
	readonly platforms: readonly PlannedPlatform[];
	/** Every blob once, in the order of platforms and layers. */
	readonly blobs: readonly PlannedBlob[];
	/** Bytes that have to come over the network. */
	readonly transfer: Size;
	readonly disks: readonly PlannedDisk[];
}

export interface PlannedPlatform {
	readonly requested: PlatformName;
	/** What was chosen. */
	readonly platform: PlatformName;
	/** Why; `given`: a root file system is what it is said to be. */
	readonly match: "exact" | "fallback" | "single" | "given";
	/** Of the manifest; a root file system has none. */
	readonly digest?: ContentDigest | undefined;
	/** Bytes of configuration and layers as stored; absent where they are not known before the work. */
	readonly size?: Size | undefined;
	readonly layers: readonly ContentDigest[];
}

export interface PlannedBlob {
	readonly digest: ContentDigest;
	readonly mediaType: string;
	readonly size: Size;
	/** Bytes that are on this machine; less than `size` after an interrupted download. */
	readonly stored: Size;
}

/** What one file system has to hold. */
export interface PlannedDisk {
	readonly directories: readonly FilePath[];
	/** Bytes that are needed for certain. */
	readonly least: Size;
	/** Bytes that will likely be needed: unpacked sizes are not known before. */
	readonly needed: Size;
	/** Bytes that this user may write. */
	readonly free: Size;
}

/** What `install` recorded. */
export interface InstalledSources {
	readonly sources: readonly RecordedSource[];
}

export interface RecordedSource {
	readonly label: LabelName;
	readonly platform: PlatformName;
	/** The src.json that was written. */
	readonly path: FilePath;
	/** Of the image's manifest; a root file system has none. */
	readonly digest?: ContentDigest | undefined;
}

/** What `build` made. */
export interface BuiltReleases {
	readonly releases: readonly BuiltRelease[];
}

/** A package, and the checkout beside it. */
export interface BuiltRelease {
	readonly label?: LabelName | undefined;
	/** The pvr checkout. */
	readonly directory: FilePath;
	readonly path?: FilePath | undefined;
	/** Bytes of the package. */
	readonly size: Size;
	/** Of the package. */
	readonly sha256: Sha256;
	/** Names of the containers. */
	readonly containers: readonly string[];
	/** The signatures of their images that were demanded, and are good. */
	readonly signatures: readonly ImageSignature[];
	/** What was written beside the package. */
	readonly documents: readonly WrittenDocument[];
}

/** What `lock` recorded, or would record. */
export interface LockedImages {
	/** The lock. */
	readonly path: FilePath;
	readonly changes: readonly ChangedImage[];
	/** Files that were, or would be, written. */
	readonly written: readonly FilePath[];
	/** What the packages come to, unsigned: --outputs. */
	readonly outputs?: readonly RecordedPackage[] | undefined;
}

export interface RecordedPackage extends StoredFile {
	readonly label: LabelName;
}

export interface ChangedImage {
	/** Name and tag, or the path of what lies in the project, as the key of the lock has them. */
	readonly key: string;
	/** Absent for a root file system. */
	readonly platform?: PlatformName | undefined;
	/** Digest of the manifest, or of the content, before; absent for a new entry. */
	readonly before?: string | undefined;
	readonly after: string;
	/** Bytes of all layers, or of an archive; absent for a directory. */
	readonly size?: Size | undefined;
}

/** What `lock --check` found. */
export interface LockDifferences {
	/** A sentence for each difference; none: the lock is fresh. */
	readonly differences: readonly string[];
}

/** What `fetch` fetched. */
export interface FetchedImages {
	/** The OCI layout; null: the cache. */
	readonly path: FilePath | null;
	readonly size: Size;
}

/** What `fetch --list` lists. */
export interface LockedAddresses {
	readonly addresses: readonly BlobAddress[];
}

export interface BlobAddress {
	/** Name and tag, as the key of the lock has them. */
	readonly key: string;
	readonly kind: "index" | "manifest" | "config" | "layer" | "file";
	readonly url: string;
	readonly digest: ContentDigest;
	readonly size: Size;
}

/** What `repro` built again and compared. */
export interface ReproducedPackages {
	readonly packages: readonly ReproducedPackage[];
}

export interface ReproducedPackage {
	readonly label: LabelName;
	readonly path: FilePath;
	/** What decided the bytes of what was built, by its name: the engine, an option. */
	readonly inputs: { readonly [name: string]: string | undefined };
	readonly equal: boolean;
	/** From coarse to fine, at most 10,000. */
	readonly differences: readonly PackageDifference[];
}

/** What `repro --provenance` built again and compared. */
export interface ReproducedProvenance {
	readonly label: LabelName;
	/** The provenance. */
	readonly path: FilePath;
	readonly differences: readonly ProvenanceDifference[];
}

export interface ProvenanceDifference {
	readonly kind: "input" | "output";
	readonly subject: string;
	/** What was recorded, and what it is now. @minItems 2 @maxItems 2 */
	readonly values: readonly string[];
}

/** What `repro --compare` found. */
export interface ComparedPackages {
	/** The two that were compared. @minItems 2 @maxItems 2 */
	readonly packages: readonly FilePath[];
	readonly differences: readonly PackageDifference[];
}

export interface PackageDifference {
	/** How coarse it is; what is named first often explains the rest. */
	readonly level: "inputs" | "archive" | "state" | "signature" | "configuration" | "image" | "object";
	/** Where it is: `member json`, `web/run.json`, `web/root.squashfs: usr/bin/x`. */
	readonly subject: StateKey;
	/** What differs there: `mode`, `content from byte 512`. */
	readonly what: string;
	/** What either package has, cut to 80 characters; null where the words say it all. */
	readonly values: readonly string[] | null;
}
