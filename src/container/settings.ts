import type { Tier } from "../codec/index.js";
import type { ImageSource, PlatformPolicy } from "../image/oci/index.js";
import type { RegistryOptions } from "../image/registry/index.js";
import type { ImageLocation } from "../image/sources/index.js";
import type { ImageTrust } from "../image/trust/index.js";
import type { Alignment } from "../squashfs/format/index.js";
import type { Shared } from "./shared.js";

/** The phases of the work for a platform, in order. */
export type Phase = "download" | "flatten" | "compress" | "package" | "send";

/** How far one platform has come in one phase. */
export interface ProgressEvent {
	/** `linux/arm/v7`; the file for work without a platform. */
	readonly platform: string;
	readonly phase: Phase;
	/** Bytes. */
	readonly done: number;
	readonly total: number;
}

/** How a lock is used. */
export interface LockSettings {
	/** Path of the file; without the file nothing is locked. */
	readonly path: string;
	/** Refuses images that are not in the lock. */
	readonly strict: boolean;
	/** Fails if the file does not exist. */
	readonly required?: boolean | undefined;
	/** OCI layout that all images are read from, as `fetch` writes it: a directory, or `oci-archive:FILE`. */
	readonly from?: string | undefined;
	/** Version of the program, which a lock records. */
	readonly version?: string | undefined;
	/** Refuses a lock that another version wrote. */
	readonly frozen?: boolean | undefined;
	readonly allowVersion?: boolean | undefined;
}

/** Everything besides the request itself: directories, limits, policies, and receivers of messages. */
export interface RunSettings {
	/** Where blobs, compressed blocks and made images are kept. Absent: nothing outlives the run. */
	readonly cacheDirectory?: string | undefined;
	/**
	 * The secret that authenticates what this user puts into the cache: 16 bytes or more. Absent: only blobs
	 * are used and kept.
	 */
	readonly cacheKey?: string | undefined;
	/** Where a checkout may keep objects outside of it. */
	readonly objectStores?: readonly string[] | undefined;
	/** Workers and connections that several runs share. Default: the run has its own. */
	readonly shared?: Shared | undefined;
	/** Directory for spools and other temporary files; it must exist. */
	readonly temporaryDirectory: string;
	readonly registry: RegistryOptions;
	/**
	 * Where to look for an image without a prefix, in order: its registry, the container daemon. Default: the
	 * registry alone.
	 */
	readonly sourceOrder?: readonly ("remote" | "local")[] | undefined;
	/** What the image location `-` reads. */
	readonly standardInput?: AsyncIterable<Uint8Array> | undefined;
	/**
	 * Opens a place of an image in place of pvpkg's own readers, for images that are kept elsewhere. Returning
	 * undefined leaves a place to pvpkg.
	 */
	readonly opener?: ((place: ImageLocation) => Promise<ImageSource> | undefined) | undefined;
	/** Uses no network at all. */
	readonly offline?: boolean | undefined;
	/** Absent: registries decide what names mean. */
	readonly lock?: LockSettings | undefined;
	/** Who must have signed images. Absent: nobody. */
	readonly imageTrust?: ImageTrust | undefined;
	readonly platformPolicy: PlatformPolicy;
	readonly allowArchMismatch?: boolean | undefined;
	readonly tier: Tier;
	readonly order: "similar" | "tree";
	/** Where the data of files may begin in an image; undefined for anywhere. */
	readonly alignment?: Alignment | undefined;
	/** Worker threads. Default: the CPUs that this process may use. */
	readonly jobs?: number | undefined;
	/** Bytes that compression may take. */
	readonly memory?: number | undefined;
	/** Most bytes that a layer, or an archive of images or of a root file system, may unpack to. Default: 16 GiB. */
	readonly maximumLayer?: number | undefined;
	/** Modification time of everything that is made, in seconds since 1970. */
	readonly time: number;
	/** Later modification times of the image are set to this one. */
	readonly maximumTime?: number | undefined;
	/** Removes `usr/bin/qemu-arm-static`, as pvr does. */
	readonly stripQemu: boolean;
	/** `root`: gives the files of directories (`dir:`) to root, with modes and times that no checkout changes. */
	readonly owner?: "root" | undefined;
	readonly signal?: AbortSignal | undefined;
	readonly onProgress?: ((event: ProgressEvent) => void) | undefined;
	readonly onWarning?: ((message: string) => void) | undefined;
	readonly onNote?: ((message: string) => void) | undefined;
}
