import type { ContentDigest, Count, FilePath, LabelName, PlatformName, Sha256, Size } from "./vocabulary.js";

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
