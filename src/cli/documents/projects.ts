import type { ImageSignature, StoredFile, WrittenDocument } from "./images.js";
import type {
	ContentDigest,
	FilePath,
	LabelName,
	PlatformName,
	Sha256,
	Size,
	StateKey,
} from "./vocabulary.js";

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
