import type { Content } from "../ground/bytes/index.js";
import type { JsonValue } from "../ground/json/index.js";
import type { Descriptor, Digest, Image, Platform, Reference } from "../image/oci/index.js";
import type { RootfsTree } from "../image/rootfs/index.js";
import type { ImageLocation } from "../image/sources/index.js";
import type { ImageInput, ImageName, RootfsInput } from "./input.js";
import type { MadeRecord } from "./made-record.js";

/** What the maker needs from the wings above it. A flow hands these in; each of them may be absent. */
export interface Ports {
	readonly resolver?: ImageResolver | undefined;
	readonly observer?: TreeObserver | undefined;
	readonly cache?: ImageCache | undefined;
}

/** Decides which image an input means, before the place of the input is asked: a lock does. */
export interface ImageResolver {
	/** SHA-256 of the lock that decides, lower-case hex; undefined where nothing in a file does. */
	readonly digest?: string | undefined;
	/**
	 * Returns the pinned images, or undefined where the place of the input decides.
	 * @param platforms those that were asked for; undefined for all that the image has.
	 * @param lookUp asks the places of an input, past the resolver.
	 * @throws where only pinned images may be used, and these are not.
	 */
	resolve(
		input: ImageInput,
		platforms: readonly Platform[] | undefined,
		lookUp: (input: ImageInput, platforms: readonly Platform[]) => Promise<Image[]>,
	): Promise<PinnedInput | undefined>;
	/**
	 * Returns what a root file system has to be, or undefined where it is taken as it lies there.
	 * @throws where only pinned ones may be used, and this one is not.
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
			/** Of the list of its entries: lower-case hex. */
			readonly sha256: string;
			/** `root`: all of it is given to root. */
			readonly owner: "root" | undefined;
	  };

/** A root file system, decided before. */
export interface PinnedRootfs {
	readonly content: RootfsContent;
	/** Where the bytes of an address are read instead. */
	readonly place?: ImageLocation | undefined;
	/** Returns the error that says what to do where the bytes are missing. */
	readonly explain?: ((error: unknown) => unknown) | undefined;
}

/** The images that an input stands for, decided before. */
export interface PinnedInput {
	/** What src.json calls the image, wherever its bytes are read. */
	readonly name: ImageName;
	/** The image in its registry, by which it would be signed. */
	readonly reference?: Reference | undefined;
	/** Where its bytes are read. Default: the places of the input. */
	readonly places?: readonly ImageLocation[] | undefined;
	/** The index that the platforms were chosen from. */
	readonly index?: Descriptor | undefined;
	readonly images: readonly PinnedImage[];
	/** Returns the error that says what to do where a place lacks a pinned image, or a part of it. */
	readonly explain?: ((error: unknown) => unknown) | undefined;
	/**
	 * Throws where an image is not what was pinned.
	 * @param named what the pinned index names; undefined without an index.
	 */
	readonly check?: ((image: Image, named: ReadonlySet<Digest> | undefined) => void) | undefined;
}

/** The image of one platform, by the digest of its manifest. */
export interface PinnedImage {
	readonly requested: Platform;
	/** What the index called it: a lower variant may stand in for the requested one. */
	readonly platform: Platform;
	readonly digest: Digest;
}

/** Looks at the root file system of a container while its file bodies are at hand: the SBOM's catalogers do. */
export interface TreeObserver {
	/** Names whatever decides an observation besides the tree, such as the digest of the observer's program. */
	readonly key: string;
	/**
	 * Returns what the observer found, as JSON: it is kept beside the made image and found with it again.
	 * @param tree as the container sees it; of a container with an overlay, base and overlay together.
	 */
	observe(tree: RootfsTree, about: ObservedTree): JsonValue | Promise<JsonValue>;
}

/** What an observed tree belongs to. */
export interface ObservedTree {
	/** For messages: `linux/arm/v7`. */
	readonly subject: string;
	readonly file: RootFile;
	readonly signal: AbortSignal | undefined;
}

/** Made images that machines share. */
export interface ImageCache {
	/**
	 * Returns the image that a key names: received from elsewhere, or made here and then offered to the
	 * others. What it receives is used, so that an implementation has to check who vouches for it.
	 */
	obtain(key: string, here: ImageMaker): Promise<MadeImage>;
}

/** The two ways by which an image comes into the store of this machine. */
export interface ImageMaker {
	make(): Promise<MadeImage>;
	/** @throws BytesError ERR_OBJECT_DIGEST where the bytes are not those that the record names. */
	receive(record: MadeRecord, bytes: AsyncIterable<Uint8Array>): Promise<MadeImage>;
}

/** An image in the store, with what was found while it was made. */
export interface MadeImage extends MadeRecord {
	readonly content: Content;
}

/** The two files that a container's root file system may consist of. */
export type RootFile = "root.squashfs" | "root.ovl.squashfs";
