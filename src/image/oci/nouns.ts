import type { JsonObject } from "../../ground/json/index.js";

/** `sha256:<64 lower-case hex>` or `sha512:<128>`; only `parseDigest` makes one. */
export type Digest = string & { readonly __digest: true };

/** A parsed image reference (docs/formats/images.md#references). */
export interface Reference {
	/** Host with port as addressed: `registry-1.docker.io` for Docker Hub, `[::1]:5000`. */
	readonly registry: string;
	/** Full path: `library/alpine`. */
	readonly repository: string;
	/** `latest` when neither tag nor digest was given; absent with a digest alone. */
	readonly tag?: string | undefined;
	/** Wins over the tag. */
	readonly digest?: Digest | undefined;
	/** The repository as the user typed it, without tag and digest: `alpine`, `reg:5000/team/app`. */
	readonly familiarName: string;
}

/** What programs run on, in the words of OCI. */
export interface Platform {
	readonly os: string;
	readonly architecture: string;
	readonly variant?: string | undefined;
}

/** What a document says about a blob: what it is, its digest and its size. */
export interface Descriptor {
	readonly mediaType: string;
	readonly digest: Digest;
	/** Bytes. */
	readonly size: number;
	readonly platform?: Platform | undefined;
	readonly annotations?: Readonly<Record<string, string>> | undefined;
	readonly artifactType?: string | undefined;
	/** Other places of a foreign layer. */
	readonly urls?: readonly string[] | undefined;
	/** Embedded content, base64. */
	readonly data?: string | undefined;
}

/** A document that names the configuration and the layers of an image. */
export interface Manifest {
	readonly mediaType: string;
	readonly config: Descriptor;
	/** Base layer first. */
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
	/** When the image was made, seconds since 1970; absent where the blob does not say, or says nonsense. */
	readonly created?: number | undefined;
	/** The `config` member verbatim from the blob (nulls and number literals too). */
	readonly config: JsonObject | undefined;
}

/** A layer of an image: what it is, and its bytes. */
export interface ImageLayer {
	readonly descriptor: Descriptor;
	readonly diffId: Digest;
	/** The blob as stored, maybe compressed; size and digest are checked when it ends. */
	open(signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

/** How a platform was met. */
export type PlatformMatch = "exact" | "fallback" | "single";

/** The image of one platform, ready to be pulled. */
export interface Image {
	/** What was asked for. */
	readonly requested: Platform;
	/** What was chosen: of the index entry, else of the config. */
	readonly platform: Platform;
	readonly match: PlatformMatch;
	/** Of the chosen manifest. */
	readonly digest: Digest;
	/** Media type, digest and size of the chosen manifest. */
	readonly descriptor: Descriptor;
	/** The index that the reference led to; absent for an image without one. */
	readonly index?: Descriptor | undefined;
	readonly manifest: Manifest;
	readonly config: ImageConfig;
	/** Base first. */
	readonly layers: readonly ImageLayer[];
}

/** Where the manifests and blobs of one image come from: a registry, a layout, an archive. */
export interface ImageSource {
	/** For messages: `registry.example/app:1`, `oci:build`. */
	readonly name: string;
	/** Whether everything is on this machine already: neither network nor cache is needed then. */
	readonly local?: boolean | undefined;
	/**
	 * What the name means at this moment, where that can be had more cheaply than the manifest:
	 * for asking a cache first. Undefined when it cannot be said.
	 */
	resolveDigest?(signal?: AbortSignal): Promise<Digest | undefined>;
	/**
	 * Whether a manifest or index is there with everything that it needs: an archive may have been saved with some
	 * platforms of an index only. A source without this has all of them.
	 */
	holds?(descriptor: Descriptor): Promise<boolean>;
	/** The manifest or index that the reference names, or any by digest; digest and size are checked. */
	fetchManifest(digest?: Digest, signal?: AbortSignal): Promise<FetchedManifest>;
	/**
	 * A blob's bytes as stored; size and digest are checked when it ends, which throws.
	 *
	 * With an `offset` (bytes, 0 too) come only the bytes from there on, whether the place can
	 * start there or the source has to skip; then the size alone is checked, as the reader holds
	 * the beginning and must check the digest.
	 */
	openBlob(descriptor: Descriptor, signal?: AbortSignal, offset?: number): AsyncIterable<Uint8Array>;
	/** Takes back a chunk of `openBlob` that nobody reads any more: its memory is free at once. */
	freeChunk?(chunk: Uint8Array): void;
	/** Frees connections and files. */
	close(): Promise<void>;
}

/** A manifest or index as it was served, with what its source says it is. */
export interface FetchedManifest {
	readonly descriptor: Descriptor;
	readonly bytes: Uint8Array;
}
