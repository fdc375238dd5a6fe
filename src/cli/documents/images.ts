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

/** The packages that `export` made of an image. */
export interface ExportedPackages {
	/** One package for each platform. */
	readonly packages: readonly ExportedPackage[];
}

/** A package of one platform. */
export interface ExportedPackage {
	/** The platform that was requested. */
	readonly platform: PlatformName;
	/** Digest of the image's manifest; absent for a root file system. */
	readonly digest?: ContentDigest | undefined;
	/** The image file of the container. */
	readonly rootfs: StoredFile;
	/** Name of the architecture in file names; absent for a platform that has none. */
	readonly label?: LabelName | undefined;
	/** Path of the package; absent where it was streamed. */
	readonly path?: FilePath | undefined;
	/** Bytes of the package. */
	readonly size: Size;
	/** SHA-256 of the package. */
	readonly sha256: Sha256;
	/** The demanded signatures of the image, all of them valid. */
	readonly signatures: readonly ImageSignature[];
	/** Documents that were written beside the package. */
	readonly documents: readonly WrittenDocument[];
}

/** A signature of an image that --verify-image or a policy demanded, and that is valid. */
export interface ImageSignature {
	/** The container that was made of the image. */
	readonly container: string;
	/** Digest of the public key's SubjectPublicKeyInfo. */
	readonly key: ContentDigest;
	/** Digest of what was signed: the manifest, or the index that names it. */
	readonly digest: ContentDigest;
	/** Form of the signature. */
	readonly form: "simple-signing" | "bundle";
	/** The image's name as the signer wrote it; bundles do not contain it. */
	readonly identity?: string | undefined;
}

/** An SBOM or an attestation. */
export interface WrittenDocument extends StoredFile {
	/** Path of the document. */
	readonly path: FilePath;
	/** What it contains: `spdx-json`, `cyclonedx-json`, `provenance`. A signed SBOM has the name of its format. */
	readonly content: string;
	/**
	 * How it is written: the document itself (`json`), signed (`bundle`, `dsse`), or a statement without a
	 * signature (`statement`).
	 */
	readonly form: "json" | "bundle" | "dsse" | "statement";
	/** Media type of the document. */
	readonly mediaType: string;
}

/** A file by its digest. */
export interface StoredFile {
	/** Bytes of the file. */
	readonly size: Size;
	/** SHA-256 of the file. */
	readonly sha256: Sha256;
}

/** The package that `export PACKAGE` made of a checkout. */
export interface ExportedCheckout {
	/** Path of the package. */
	readonly path: FilePath;
	/** Bytes of the package. */
	readonly size: Size;
	/** SHA-256 of the package. */
	readonly sha256: Sha256;
	/** Number of objects in the package. */
	readonly objects: Count;
}

/** What fetching and making an image takes: `export --dry-run`, `pull`. */
export interface ImagePlan {
	/** The image that each requested platform gets. */
	readonly platforms: readonly PlannedPlatform[];
	/** Every blob once, in the order of platforms and layers. */
	readonly blobs: readonly PlannedBlob[];
	/** Bytes that have to come over the network. */
	readonly transfer: Size;
	/** The space that each file system must have. */
	readonly disks: readonly PlannedDisk[];
}

/** The image of one platform. */
export interface PlannedPlatform {
	/** The platform that was requested. */
	readonly requested: PlatformName;
	/** The platform that was chosen. */
	readonly platform: PlatformName;
	/** Why it was chosen. `given`: a root file system is taken to be what was requested. */
	readonly match: "exact" | "fallback" | "single" | "given";
	/** Digest of the manifest; absent for a root file system. */
	readonly digest?: ContentDigest | undefined;
	/** Bytes of configuration and layers as stored; absent where they are not known yet. */
	readonly size?: Size | undefined;
	/** Digests of the layers, base first. */
	readonly layers: readonly ContentDigest[];
}

/** A blob that the image needs. */
export interface PlannedBlob {
	/** Digest of the blob. */
	readonly digest: ContentDigest;
	/** Media type of the blob. */
	readonly mediaType: string;
	/** Bytes of the blob. */
	readonly size: Size;
	/** Bytes that are on this machine already; less than `size` after an interrupted download. */
	readonly stored: Size;
}

/** The space that one file system must have. */
export interface PlannedDisk {
	/** Directories on this file system that are written to. */
	readonly directories: readonly FilePath[];
	/** Bytes that are certainly needed. */
	readonly least: Size;
	/** Bytes that will probably be needed; unpacked sizes are not known before. */
	readonly needed: Size;
	/** Bytes that this user may write. */
	readonly free: Size;
}

/** What `install` recorded. */
export interface InstalledSources {
	/** One src.json for each platform. */
	readonly sources: readonly RecordedSource[];
}

/** A src.json that was written. */
export interface RecordedSource {
	/** Name of the architecture in file names. */
	readonly label: LabelName;
	/** Platform of the image. */
	readonly platform: PlatformName;
	/** Path of the src.json. */
	readonly path: FilePath;
	/** Digest of the image's manifest; absent for a root file system. */
	readonly digest?: ContentDigest | undefined;
}

/** What `build` made. */
export interface BuiltReleases {
	/** One release for each platform. */
	readonly releases: readonly BuiltRelease[];
}

/** A package, and the checkout beside it. */
export interface BuiltRelease {
	/** Name of the architecture in file names. */
	readonly label?: LabelName | undefined;
	/** Path of the pvr checkout. */
	readonly directory: FilePath;
	/** Path of the package. */
	readonly path?: FilePath | undefined;
	/** Bytes of the package. */
	readonly size: Size;
	/** SHA-256 of the package. */
	readonly sha256: Sha256;
	/** Names of the containers. */
	readonly containers: readonly string[];
	/** The demanded signatures of the containers' images, all of them valid. */
	readonly signatures: readonly ImageSignature[];
	/** Documents that were written beside the package. */
	readonly documents: readonly WrittenDocument[];
}

/** What `lock` recorded, or would record with --dry-run. */
export interface LockedImages {
	/** Path of the lock. */
	readonly path: FilePath;
	/** Images whose digest changed. */
	readonly changes: readonly ChangedImage[];
	/** Files that were written, or would be with --dry-run. */
	readonly written: readonly FilePath[];
	/** The packages without signatures, with --outputs. */
	readonly outputs?: readonly RecordedPackage[] | undefined;
}

/** A package without signatures. */
export interface RecordedPackage extends StoredFile {
	/** Name of the architecture in file names. */
	readonly label: LabelName;
}

/** An image whose digest changed. */
export interface ChangedImage {
	/** Key of the lock: name and tag, or the path of an image in the project. */
	readonly key: string;
	/** Platform of the image; absent for a root file system. */
	readonly platform?: PlatformName | undefined;
	/** Digest of the manifest, or of the content, before; absent for a new entry. */
	readonly before?: string | undefined;
	/** Digest of the manifest, or of the content, now. */
	readonly after: string;
	/** Bytes of all layers, or of an archive; absent for a directory. */
	readonly size?: Size | undefined;
}

/** What `lock --check` found. */
export interface LockDifferences {
	/** A sentence for each difference. The list is empty where the lock is up to date. */
	readonly differences: readonly string[];
}

/** What `fetch` fetched. */
export interface FetchedImages {
	/** Path of the OCI layout; null where the cache took the images. */
	readonly path: FilePath | null;
	/** Bytes that the images take. */
	readonly size: Size;
}

/** What `fetch --list` lists. */
export interface LockedAddresses {
	/** Every file that the lock names, with its address. */
	readonly addresses: readonly BlobAddress[];
}

/** A file that the lock names. */
export interface BlobAddress {
	/** Key of the lock: name and tag of the image. */
	readonly key: string;
	/** What the file is. */
	readonly kind: "index" | "manifest" | "config" | "layer" | "file";
	/** Address of the file. */
	readonly url: string;
	/** Digest of the file. */
	readonly digest: ContentDigest;
	/** Bytes of the file. */
	readonly size: Size;
}

/** The packages that `repro` built again and compared. */
export interface ReproducedPackages {
	/** One result for each package. */
	readonly packages: readonly ReproducedPackage[];
}

/** A package that was built again. */
export interface ReproducedPackage {
	/** Name of the architecture in file names. */
	readonly label: LabelName;
	/** Path of the package that was compared. */
	readonly path: FilePath;
	/** What decided the bytes of the rebuilt package, by name: the engine, an option. */
	readonly inputs: { readonly [name: string]: string | undefined };
	/** Whether both packages have the same bytes. */
	readonly equal: boolean;
	/** The differences from coarse to fine, 10,000 at most. */
	readonly differences: readonly PackageDifference[];
}

/** The package that `repro --provenance` built again and compared. */
export interface ReproducedProvenance {
	/** Name of the architecture in file names. */
	readonly label: LabelName;
	/** Path of the provenance. */
	readonly path: FilePath;
	/** Inputs and outputs that differ from the provenance. */
	readonly differences: readonly ProvenanceDifference[];
}

/** An input or output that differs from the provenance. */
export interface ProvenanceDifference {
	/** Whether an input or an output differs. */
	readonly kind: "input" | "output";
	/** Name of the input or output. */
	readonly subject: string;
	/** The recorded value, and the value now. @minItems 2 @maxItems 2 */
	readonly values: readonly string[];
}

/** What `repro --compare` found. */
export interface ComparedPackages {
	/** Paths of the two packages. @minItems 2 @maxItems 2 */
	readonly packages: readonly FilePath[];
	/** The differences from coarse to fine, 10,000 at most. */
	readonly differences: readonly PackageDifference[];
}

/** A difference between two packages. */
export interface PackageDifference {
	/** How coarse the difference is. Coarse differences come first, and often explain the others. */
	readonly level: "inputs" | "archive" | "state" | "signature" | "configuration" | "image" | "object";
	/** Place of the difference: `member json`, `web/run.json`, `web/root.squashfs: usr/bin/x`. */
	readonly subject: StateKey;
	/** What differs there: `mode`, `content from byte 512`. */
	readonly what: string;
	/** The value in either package, cut to 80 characters; null where `what` says it all. */
	readonly values: readonly string[] | null;
}
