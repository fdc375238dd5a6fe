import type { ContentDigest, PlatformName, Sha256, Size } from "./vocabulary.js";

/** A project: the name and version of its packages. pvpkg keeps other members, and writes them into every package. */
export interface ProjectFile {
	/** Name of the packages. @minLength 1 */
	readonly name?: string;
	/** Version of the packages. @minLength 1 */
	readonly version?: string;
	/** Platforms that `install` records an image for where its command line names none, such as `linux/arm/v7`. @minItems 1 */
	readonly platforms?: readonly NotEmpty[];
	/** Limits of the packages by the label of their platform; `*` is for platforms without limits of their own. */
	readonly budgets?: { readonly [label: string]: PlatformBudgets };
	readonly [name: string]: unknown;
}

/** A string that is not empty. @minLength 1 */
export type NotEmpty = string;

/** Limits of one platform. The job fails where one is exceeded. */
export interface PlatformBudgets {
	/** Most bytes of the package. */
	readonly package?: Budget;
	/** How much the package may grow: a size, or a percentage of the old package. */
	readonly growth?: Budget;
	/** Most bytes that an update transfers. */
	readonly ota?: Budget;
	/** Most stored bytes of the files that match a pattern, by the pattern of their paths. */
	readonly file?: { readonly [pattern: string]: Budget };
	/** Most files in the package. */
	readonly files?: Budget;
}

/** A limit that fails the job, or one limit that warns and one that fails. */
export type Budget = Limit | WarningLimit;

/** A limit that warns, one that fails the job, or both. */
export interface WarningLimit {
	/** The job warns where this is exceeded. */
	readonly warn?: Limit;
	/** The job fails where this is exceeded. */
	readonly max?: Limit;
}

/** Bytes, a count, or a string such as `64M` or `2%`. @pattern ^\d+(\.\d+)? ?[%A-Za-z]*$ */
type LimitText = string;

/** @minimum 0 */
type LimitNumber = number;

export type Limit = LimitText | LimitNumber;

/**
 * The digests that the images' names stand for in a project, as `pvpkg lock` records them. Unknown members are
 * kept.
 */
export interface LockFile {
	/** Version of the format. */
	readonly lockVersion: 1;
	/** Version of the program that wrote the lock. */
	readonly pvpkg?: string;
	/**
	 * Images by the name that src.json records, `docker_name:docker_tag`, or `oci:PATH[:TAG]` and the like for
	 * images in the project.
	 */
	readonly images?: { readonly [key: string]: LockedImageEntry };
	/** Archives of root file systems, by the path or address that src.json records. */
	readonly files?: { readonly [key: string]: LockedFile };
	/** Root file systems in directories, by path. */
	readonly directories?: { readonly [key: string]: LockedDirectoryEntry };
	/** What a build of these images gives, by label. */
	readonly outputs?: { readonly [label: string]: LockedOutputEntry };
	readonly [name: string]: unknown;
}

/** One image. */
export interface LockedImageEntry {
	/** `NAME:TAG@DIGEST`, the one member that bots change. For an image in the project: its key. */
	readonly image: string;
	/** Media type of the index, or of the manifest where the image has no index. */
	readonly mediaType: string;
	/** Digest of the index, or of the manifest, that `platforms` was chosen from. */
	readonly resolved: ContentDigest;
	/** Bytes of the index. */
	readonly size?: Size;
	/** The images chosen, by the platform that was requested. */
	readonly platforms: { readonly [platform: string]: LockedPlatformEntry };
	readonly [name: string]: unknown;
}

/** The image of one platform. */
export interface LockedPlatformEntry {
	/** Platform of the image in the index. It may be a lower variant of the one that was requested. */
	readonly platform: PlatformName;
	/** Descriptor of the manifest. */
	readonly manifest: LockedBlobEntry;
	/** Descriptor of the image's configuration. */
	readonly config: LockedBlobEntry;
	/** The layers, base first. */
	readonly layers: readonly LockedLayerEntry[];
	/**
	 * The signatures that were demanded and valid when the image was locked. They are a record; no build trusts
	 * it.
	 */
	readonly signatures?: readonly LockedSignatureEntry[];
}

/** A valid signature of an image. */
export interface LockedSignatureEntry {
	/** Digest of the public key's SubjectPublicKeyInfo. */
	readonly key: ContentDigest;
	/** Digest of what was signed: the manifest, or the index that names it. */
	readonly digest: ContentDigest;
	/** Form of the signature: `simple-signing` or `bundle`. */
	readonly form: string;
	/** The image's name as the signer wrote it. */
	readonly identity?: string;
}

/** Descriptor of a blob. */
export interface LockedBlobEntry {
	/** Media type of the blob. */
	readonly mediaType: string;
	/** Digest of the blob. */
	readonly digest: ContentDigest;
	/** Bytes of the blob. */
	readonly size: Size;
}

/** Descriptor of a layer. */
export interface LockedLayerEntry extends LockedBlobEntry {
	/** Digest of the uncompressed tar. */
	readonly diffId: ContentDigest;
}

/** A root file system in a directory. */
export interface LockedDirectoryEntry {
	/** SHA-256 of the list of the directory's entries. */
	readonly sha256: Sha256;
	/** All entries belong to root in the package; absent: they keep their owners. */
	readonly owner?: "root";
}

/** What a build of one platform gives. */
export interface LockedOutputEntry {
	/** Version of the program that built it. */
	readonly pvpkg: string;
	/** SHA-256 of the programs that decide bytes. */
	readonly engine: Sha256;
	/** Everything else that decides bytes, by name: tier, times, group and so on. */
	readonly options: { readonly [name: string]: unknown };
	/** The package without signatures. */
	readonly package: LockedFile;
	/** SHA-256 of the state without signatures. */
	readonly unsigned: Sha256;
	/** The objects by their keys in the state. */
	readonly objects: { readonly [key: string]: LockedFile };
}

/** A file by its digest. */
export interface LockedFile {
	/** SHA-256 of the file. */
	readonly sha256: Sha256;
	/** Bytes of the file. */
	readonly size: Size;
}
