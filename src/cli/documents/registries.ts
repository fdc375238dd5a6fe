import type { ContentDigest, Count, FilePath, PlatformName, Size } from "./vocabulary.js";

/** What `image inspect` shows. */
export interface DescribedImage {
	/** Name of the image. */
	readonly image: string;
	/** Digest of the index; absent for an image without an index. */
	readonly index?: string | undefined;
	/** The image of each platform. */
	readonly platforms: readonly DescribedPlatform[];
}

/** The image of one platform. */
export interface DescribedPlatform {
	/** Platform of the image. */
	readonly platform: PlatformName;
	/** Digest of the manifest. */
	readonly digest: string;
	/** Media type of the manifest. */
	readonly mediaType: string;
	/** Bytes of configuration and layers, as a registry stores them. */
	readonly size: Size;
	/** When the image was made, in seconds since 1970; absent where the image does not say. */
	readonly created?: number | undefined;
	/** The layers, base first. */
	readonly layers: readonly DescribedLayer[];
	/** The `config` member of the image's configuration: Entrypoint, Cmd, Env and so on. */
	readonly config: unknown;
}

/** A layer. */
export interface DescribedLayer {
	/** Digest of the layer as stored. */
	readonly digest: string;
	/** Media type of the layer. */
	readonly mediaType: string;
	/** Bytes of the layer as stored. */
	readonly size: Size;
	/** Digest of the uncompressed layer. */
	readonly diffId: string;
}

/** What `image tags` lists. */
export interface ListedTags {
	/** Name of the repository. */
	readonly repository: string;
	/** The tags, in the server's order. */
	readonly tags: readonly string[];
}

/** Where `logout` looked for credentials. */
export interface ForgottenLogin {
	/** The host that the credentials are for. */
	readonly registry: string;
	/** The file that names the credentials, or names the helper that keeps them. */
	readonly path: FilePath;
	/** Name of the helper, `docker-credential-NAME`; absent where the file has the credentials itself. */
	readonly helper?: string | undefined;
	/** Whether there were credentials to remove or replace; absent where a helper does not say. */
	readonly replaced?: boolean | undefined;
}

/** Where `login` keeps credentials. */
export interface KeptLogin extends ForgottenLogin {
	/** Whether the registry accepted the credentials, or did not ask for any. */
	readonly answer: "accepted" | "not asked";
}

/** What `cache ls` lists. */
export interface StoredBlobs {
	/** The cache directory. */
	readonly directory: FilePath;
	/** Bytes of all blobs. */
	readonly size: Size;
	/** The blobs. */
	readonly blobs: readonly CachedBlob[];
}

/** A blob in the cache. */
export interface CachedBlob {
	/** Digest of the blob. */
	readonly digest: ContentDigest;
	/** Bytes of the blob. */
	readonly size: Size;
	/** When the blob was last used, in milliseconds since 1970. */
	readonly lastUsed: number;
}

/** What `cache verify` found. It removes what is damaged. */
export interface CheckedCache {
	/** Blobs that were damaged. */
	readonly damaged: readonly CachedBlob[];
	/** Records of made images and of their contents. */
	readonly records: CheckedRecords;
	/** Compressed blocks. */
	readonly blocks: CheckedRecords;
}

/** Records of one kind. */
export interface CheckedRecords {
	/** Number of records that the key authenticates. */
	readonly sound: Count;
	/** Number of records that were made with another key; this key never uses them. */
	readonly foreign: Count;
	/** Names of the damaged files, which were removed. */
	readonly damaged: readonly string[];
}

/** What `cache prune` removed. */
export interface PrunedBlobs {
	/** The blobs. */
	readonly removed: readonly CachedBlob[];
	/** Bytes of blobs, compressed blocks, and files of other versions. */
	readonly size: Size;
}
