import type { ContentDigest, Count, FilePath, PlatformName, Size } from "./vocabulary.js";

/** What `image inspect` shows. */
export interface DescribedImage {
	readonly image: string;
	/** Digest of the index; absent for an image without one. */
	readonly index?: string | undefined;
	readonly platforms: readonly DescribedPlatform[];
}

export interface DescribedPlatform {
	readonly platform: PlatformName;
	/** Of the manifest. */
	readonly digest: string;
	readonly mediaType: string;
	/** Bytes of configuration and layers, as a registry stores them. */
	readonly size: Size;
	/** Seconds since 1970, where the image says it. */
	readonly created?: number | undefined;
	readonly layers: readonly DescribedLayer[];
	/** The `config` member of the image's configuration: Entrypoint, Cmd, Env and so on. */
	readonly config: unknown;
}

export interface DescribedLayer {
	readonly digest: string;
	readonly mediaType: string;
	readonly size: Size;
	/** Digest of the uncompressed layer. */
	readonly diffId: string;
}

/** What `image tags` lists. */
export interface ListedTags {
	readonly repository: string;
	/** In the server's order. */
	readonly tags: readonly string[];
}

/** Where `logout` looked for credentials. */
export interface ForgottenLogin {
	/** The host that credentials are for. */
	readonly registry: string;
	/** The file that names them, or the helper that keeps them. */
	readonly path: FilePath;
	/** `docker-credential-NAME`; absent where the file has them itself. */
	readonly helper?: string | undefined;
	/** Whether there was anything to remove, or to replace; unknown of a helper. */
	readonly replaced?: boolean | undefined;
}

/** Where `login` keeps credentials. */
export interface KeptLogin extends ForgottenLogin {
	/** What the registry said to the credentials. */
	readonly answer: "accepted" | "not asked";
}

/** What `cache ls` lists. */
export interface StoredBlobs {
	readonly directory: FilePath;
	/** Bytes of all blobs. */
	readonly size: Size;
	readonly blobs: readonly CachedBlob[];
}

export interface CachedBlob {
	readonly digest: ContentDigest;
	readonly size: Size;
	/** Milliseconds since 1970. */
	readonly lastUsed: number;
}

/** What `cache verify` found; what is damaged was removed. */
export interface CheckedCache {
	readonly damaged: readonly CachedBlob[];
	readonly records: CheckedRecords;
	readonly blocks: CheckedRecords;
}

export interface CheckedRecords {
	/** Good under the key. */
	readonly sound: Count;
	/** Made with another key, and never used with this one. */
	readonly foreign: Count;
	/** File names of what was removed. */
	readonly damaged: readonly string[];
}

/** What `cache prune` removed. */
export interface PrunedBlobs {
	readonly removed: readonly CachedBlob[];
	/** Bytes of blobs, of compressed blocks, and of what other versions left. */
	readonly size: Size;
}
