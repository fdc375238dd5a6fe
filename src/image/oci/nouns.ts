import type { JsonObject } from "../../ground/json/index.js";

/** A digest, `sha256:<64 lower-case hex>` or `sha512:<128>`. Only `parseDigest` makes one. */
export type Digest = string & { readonly __digest: true };

/** A parsed image reference (docs/formats/images.md#references). */
export interface Reference {
	/** Host with port as addressed: `registry-1.docker.io` for Docker Hub, `[::1]:5000`. */
	readonly registry: string;
	/** Full path: `library/alpine`. */
	readonly repository: string;
	/** Tag, which is `latest` if neither tag nor digest was given; absent with only a digest. */
	readonly tag?: string | undefined;
	/** Digest, which takes precedence over the tag. */
	readonly digest?: Digest | undefined;
	/** The repository as the user typed it, without tag and digest: `alpine`, `reg:5000/team/app`. */
	readonly familiarName: string;
}

/** The system that programs run on, in the terms of OCI. */
export interface Platform {
	readonly os: string;
	readonly architecture: string;
	readonly variant?: string | undefined;
}

/** The description of a blob in a document: its type, its digest and its size. */
export interface Descriptor {
	readonly mediaType: string;
	readonly digest: Digest;
	/** Size in bytes. */
	readonly size: number;
	readonly platform?: Platform | undefined;
	readonly annotations?: Readonly<Record<string, string>> | undefined;
	readonly artifactType?: string | undefined;
	/** Further addresses of a foreign layer. */
	readonly urls?: readonly string[] | undefined;
	/** Embedded content, base64. */
	readonly data?: string | undefined;
}

/** A document that names the configuration and the layers of an image. */
export interface Manifest {
	readonly mediaType: string;
	readonly config: Descriptor;
	/** Layers, base first. */
	readonly layers: readonly Descriptor[];
}

/** A document that names the images of several platforms. */
export interface Index {
	readonly mediaType: string;
	readonly manifests: readonly Descriptor[];
}

/** The configuration of an image, as far as packages need it. */
export interface ImageConfig {
	readonly platform: Platform;
	/** Digests of the uncompressed layers, base first. */
	readonly diffIds: readonly Digest[];
	/** When the image was made, in seconds since 1970; absent if the configuration does not state a valid time. */
	readonly created?: number | undefined;
	/** The `config` member, verbatim (including nulls and number literals). */
	readonly config: JsonObject | undefined;
}

/** A layer of an image: its descriptor and its bytes. */
export interface ImageLayer {
	readonly descriptor: Descriptor;
	readonly diffId: Digest;
	/** Streams the blob as stored, which may be compressed. Size and digest are checked at the end. */
	open(signal?: AbortSignal): AsyncIterable<Uint8Array>;
	/** Opens the blob for another thread, as `ImageSource.openFile` does. */
	openFile?(signal?: AbortSignal): Promise<BlobFile | undefined>;
}

/** A blob as stored, in one piece of an open file, where any thread of this process can read it. */
export interface BlobFile {
	/** Descriptor of the open file. */
	readonly file: number;
	/** First byte of the blob in the file; it has as many bytes as its descriptor states. */
	readonly position: number;
	/** Whether its digest has been checked; otherwise the reader must check it. */
	readonly isChecked: boolean;
	/** Frees the file. Call it once, when nobody reads the blob any more. */
	close(): void;
}

/** How a platform was chosen. */
export type PlatformMatch = "exact" | "fallback" | "single";

/** The image of one platform, ready to be pulled. */
export interface Image {
	/** The requested platform. */
	readonly requested: Platform;
	/** The chosen platform: that of the index entry, else that of the configuration. */
	readonly platform: Platform;
	readonly match: PlatformMatch;
	/** Digest of the chosen manifest. */
	readonly digest: Digest;
	/** Media type, digest and size of the chosen manifest. */
	readonly descriptor: Descriptor;
	/** The index that the reference names; absent for an image without one. */
	readonly index?: Descriptor | undefined;
	readonly manifest: Manifest;
	readonly config: ImageConfig;
	/** Layers, base first. */
	readonly layers: readonly ImageLayer[];
}

/** The origin of an image's manifests and blobs: a registry, a layout, an archive. */
export interface ImageSource {
	/** Name for messages: `registry.example/app:1`, `oci:build`. */
	readonly name: string;
	/** Whether everything is on this machine already, so that neither network nor cache is needed. */
	readonly local?: boolean | undefined;
	/**
	 * Returns the present digest of the name, if that is cheaper than fetching the manifest, to look into a cache
	 * first. Undefined if it is unknown.
	 */
	resolveDigest?(signal?: AbortSignal): Promise<Digest | undefined>;
	/**
	 * Returns whether a manifest or index is there with everything that it needs: an archive may contain only some
	 * platforms of an index. A source without this method has all of them.
	 */
	holds?(descriptor: Descriptor): Promise<boolean>;
	/** Fetches the manifest or index that the reference names, or any by digest, and checks digest and size. */
	fetchManifest(digest?: Digest, signal?: AbortSignal): Promise<FetchedManifest>;
	/**
	 * Streams a blob as stored; size and digest are checked at the end, which throws.
	 *
	 * With an `offset` (in bytes, even 0) it yields only the bytes from there on, whether the place can start there
	 * or the source has to skip bytes. Then it checks only the size, and the reader, who has the beginning, must
	 * check the digest.
	 */
	openBlob(descriptor: Descriptor, signal?: AbortSignal, offset?: number): AsyncIterable<Uint8Array>;
	/**
	 * Opens a blob for a reader in another thread. Undefined if it does not lie in one piece in a file, so that it
	 * has to be streamed. Otherwise it fails as `openBlob` does before the first byte.
	 */
	openFile?(descriptor: Descriptor, signal?: AbortSignal): Promise<BlobFile | undefined>;
	/** Takes back a chunk of `openBlob` that is not used any more, to free its memory at once. */
	freeChunk?(chunk: Uint8Array): void;
	/** Frees connections and files. */
	close(): Promise<void>;
}

/** A manifest or index as served, with its type according to the source. */
export interface FetchedManifest {
	readonly descriptor: Descriptor;
	readonly bytes: Uint8Array;
}
