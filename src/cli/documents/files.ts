import type { ContentDigest, PlatformName, Sha256, Size } from "./vocabulary.js";

/** A project: its name and version, which name its packages. Other members are kept, and go into every package. */
export interface ProjectFile {
	/** Name of the packages. @minLength 1 */
	readonly name?: string;
	/** Version of the packages. @minLength 1 */
	readonly version?: string;
	/** Limits that packages keep, by the label of their platform, or `*` for those that have none of their own. */
	readonly budgets?: { readonly [label: string]: PlatformBudgets };
	readonly [name: string]: unknown;
}

/** Limits of one platform; beyond one the job fails. */
export interface PlatformBudgets {
	/** Size of the package. */
	readonly package?: Budget;
	/** By how much the package may grow: a size, or a percentage of the old one. */
	readonly growth?: Budget;
	/** What an update transfers. */
	readonly ota?: Budget;
	/** Stored sizes of files, by a pattern of their paths. */
	readonly file?: { readonly [pattern: string]: Budget };
	/** Count of files. */
	readonly files?: Budget;
}

/** The limit, or one to warn at and one to fail at. */
export type Budget = Limit | { readonly warn?: Limit; readonly max?: Limit };

/** Bytes or a count, or text: `64M`, `2%`. @pattern ^\d+(\.\d+)? ?[%A-Za-z]*$ */
type LimitText = string;

/** @minimum 0 */
type LimitNumber = number;

export type Limit = LimitText | LimitNumber;

/** Which images the names in a project mean; `pvpkg lock` writes it. Members that are not known are kept. */
export interface LockFile {
	/** Version of the format. */
	readonly lockVersion: 1;
	/** Version of the program that wrote it. */
	readonly pvpkg?: string;
	/** By the name that src.json records, `docker_name:docker_tag`; `oci:PATH[:TAG]` and the like for images in the project. */
	readonly images?: { readonly [key: string]: LockedImageEntry };
	/** Archives of root file systems, by path or address as src.json has it. */
	readonly files?: { readonly [key: string]: LockedFile };
	/** Root file systems in directories, by path. */
	readonly directories?: { readonly [key: string]: LockedDirectoryEntry };
	/** By label: what a build of these images gave. */
	readonly outputs?: { readonly [label: string]: LockedOutputEntry };
	readonly [name: string]: unknown;
}

export interface LockedImageEntry {
	/** `NAME:TAG@DIGEST`: the one place that bots change; of an image that lies in the project its key. */
	readonly image: string;
	/** Of the index, or of the manifest of an image without one. */
	readonly mediaType: string;
	/** The index, or manifest, that `platforms` was chosen from. */
	readonly resolved: ContentDigest;
	/** Bytes of the index. */
	readonly size?: Size;
	/** By the platform that was requested. */
	readonly platforms: { readonly [platform: string]: LockedPlatformEntry };
	readonly [name: string]: unknown;
}

export interface LockedPlatformEntry {
	/** What the index had: a lower variant may stand in. */
	readonly platform: PlatformName;
	readonly manifest: LockedBlobEntry;
	readonly config: LockedBlobEntry;
	/** Base first. */
	readonly layers: readonly LockedLayerEntry[];
	/** Signatures that were demanded when it was locked, and were good; a record, which no build trusts. */
	readonly signatures?: readonly LockedSignatureEntry[];
}

export interface LockedSignatureEntry {
	/** Digest of the public key's SubjectPublicKeyInfo. */
	readonly key: ContentDigest;
	/** The manifest, or the index that names it, that was signed. */
	readonly digest: ContentDigest;
	/** `simple-signing` or `bundle`. */
	readonly form: string;
	/** What the signer called the image. */
	readonly identity?: string;
}

export interface LockedBlobEntry {
	readonly mediaType: string;
	readonly digest: ContentDigest;
	readonly size: Size;
}

export interface LockedLayerEntry extends LockedBlobEntry {
	/** Digest of the uncompressed tar. */
	readonly diffId: ContentDigest;
}

export interface LockedDirectoryEntry {
	/** Of the list of its entries. */
	readonly sha256: Sha256;
	/** All of it is given to root; absent: owners are as they are. */
	readonly owner?: "root";
}

export interface LockedOutputEntry {
	readonly pvpkg: string;
	/** Digest of the programs that decide bytes. */
	readonly engine: Sha256;
	/** Whatever else decides bytes: tier, times, group and so on, by name. */
	readonly options: { readonly [name: string]: unknown };
	/** Of the unsigned package. */
	readonly package: LockedFile;
	/** SHA-256 of the state without signatures. */
	readonly unsigned: Sha256;
	/** By the key in the state. */
	readonly objects: { readonly [key: string]: LockedFile };
}

export interface LockedFile {
	readonly sha256: Sha256;
	readonly size: Size;
}
