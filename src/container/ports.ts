import type { Content } from "../ground/bytes/index.js";
import type { JsonValue } from "../ground/json/index.js";
import type { Descriptor, Digest, Image, Platform, Reference } from "../image/oci/index.js";
import type { RootfsTree } from "../image/rootfs/index.js";
import type { ImageLocation } from "../image/sources/index.js";
import type { ImageInput, ImageName, RootfsInput } from "./input.js";
import type { MadeRecord } from "./made-record.js";

/** What the maker needs from the wings above it. Flows pass these in; each of them may be absent. */
export interface Ports {
	readonly resolver?: ImageResolver | undefined;
	readonly observer?: TreeObserver | undefined;
	readonly cache?: ImageCache | undefined;
}

/** Decides which image an input means, before its places are asked. A lock is one. */
export interface ImageResolver {
	/** SHA-256 of the lock, lower-case hex; undefined for a resolver without a lock file. */
	readonly digest?: string | undefined;
	/**
	 * Returns the pinned images, or undefined to let the places of the input decide.
	 * @param platforms the requested platforms; undefined for all that the image has.
	 * @param lookUp asks the places of an input without the resolver.
	 * @throws if only pinned images are allowed and this one is not pinned.
	 */
	resolve(
		input: ImageInput,
		platforms: readonly Platform[] | undefined,
		lookUp: (input: ImageInput, platforms: readonly Platform[]) => Promise<Image[]>,
	): Promise<PinnedInput | undefined>;
	/**
	 * Returns the expected content of a root file system, or undefined to accept any.
	 * @throws if only pinned root file systems are allowed and this one is not pinned.
	 */
	resolveRootfs?(input: RootfsInput): PinnedRootfs | undefined;
}

/** What a root file system consists of. */
export type RootfsContent =
	| {
			/** An archive, as it is stored. */
			readonly kind: "file";
			/** Lower-case hex. */
			readonly sha256: string;
			/** Bytes. */
			readonly size: number;
	  }
	| {
			readonly kind: "directory";
			/** SHA-256 of the list of its entries, lower-case hex. */
			readonly sha256: string;
			/** `root`: all files belong to root. */
			readonly owner: "root" | undefined;
	  };

/** The root file system that a resolver chose. */
export interface PinnedRootfs {
	readonly content: RootfsContent;
	/** Where to read the bytes instead of at the address. */
	readonly place?: ImageLocation | undefined;
	/** Turns the error for missing bytes into one that says what to do. */
	readonly explain?: ((error: unknown) => unknown) | undefined;
}

/** The images that a resolver chose for an input. */
export interface PinnedInput {
	/** The name of the image in src.json, wherever its bytes are read. */
	readonly name: ImageName;
	/** The reference under which signatures name the image. */
	readonly reference?: Reference | undefined;
	/** Where to read its bytes. Default: the places of the input. */
	readonly places?: readonly ImageLocation[] | undefined;
	/** The index that the platforms were chosen from. */
	readonly index?: Descriptor | undefined;
	readonly images: readonly PinnedImage[];
	/** Turns the error for a missing image or blob into one that says what to do. */
	readonly explain?: ((error: unknown) => unknown) | undefined;
	/**
	 * Throws if an image differs from the pinned one.
	 * @param named digests that the pinned index names; undefined without an index.
	 */
	readonly check?: ((image: Image, named: ReadonlySet<Digest> | undefined) => void) | undefined;
}

/** The image of one platform, by the digest of its manifest. */
export interface PinnedImage {
	readonly requested: Platform;
	/** Platform in the index; it may be a lower variant than the requested one. */
	readonly platform: Platform;
	readonly digest: Digest;
}

/**
 * Examines the root file system of a container while its file bodies can be read. The catalogers of SBOMs are
 * one.
 */
export interface TreeObserver {
	/** Identifies everything that decides an observation besides the tree, such as the observer's program. */
	readonly key: string;
	/**
	 * Returns what the observer found, as JSON. It is stored with the made image.
	 * @param tree the root file system as the container sees it, with base and overlay merged.
	 */
	observe(tree: RootfsTree, about: ObservedTree): JsonValue | Promise<JsonValue>;
}

/** What an observed tree is. */
export interface ObservedTree {
	/** For messages: `linux/arm/v7`. */
	readonly subject: string;
	readonly file: RootFile;
	readonly signal: AbortSignal | undefined;
}

/** Made images that several machines share. */
export interface ImageCache {
	/**
	 * Returns the image of a key: received from elsewhere, or made here and then shared. A received image is
	 * used without further checks, so an implementation must check who vouches for it.
	 */
	obtain(key: string, here: ImageMaker): Promise<MadeImage>;
}

/** The two ways to put an image into the store of this machine. */
export interface ImageMaker {
	make(): Promise<MadeImage>;
	/** @throws BytesError ERR_OBJECT_DIGEST for bytes with another digest than the record. */
	receive(record: MadeRecord, bytes: AsyncIterable<Uint8Array>): Promise<MadeImage>;
}

/** An image in the store, with the findings of making it. */
export interface MadeImage extends MadeRecord {
	readonly content: Content;
}

/** The files that the root file system of a container may consist of. */
export type RootFile = "root.squashfs" | "root.ovl.squashfs";
