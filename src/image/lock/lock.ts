import type { JsonObject } from "../../ground/json/index.js";
import type { Digest } from "../oci/index.js";

/** What of a lock may have members that this version does not know: they are kept when it is written again. */
export interface Extensible {
	readonly unknown?: JsonObject | undefined;
}

/** `pvpkg.lock.json`: which images the names in a project mean (docs/lock.md). */
export interface Lock {
	/** Version of the program that wrote it. */
	readonly pvpkg: string | undefined;
	/**
	 * By the name that src.json records, `docker_name:docker_tag`, or that was typed; of images that lie in the
	 * project `oci:PATH[:TAG]` and the like.
	 */
	readonly images: ReadonlyMap<string, LockedImage>;
	/** By path or address, as src.json has it: archives of root file systems. */
	readonly files: ReadonlyMap<string, LockedObject>;
	/** By path: root file systems in directories. */
	readonly directories: ReadonlyMap<string, LockedDirectory>;
	/** By label: what a build of these images gave. */
	readonly outputs: ReadonlyMap<string, LockedOutput>;
	/** Members that this version does not know; they are kept. */
	readonly unknown: JsonObject;
	/** Where in the document such members stand, each path once: `images: nginx:1.27: future`. */
	readonly unknownPaths?: readonly string[] | undefined;
}

export interface LockedImage {
	/** `NAME:TAG@DIGEST`: the one place that bots change; of an image that lies in the project its key. */
	readonly image: string;
	/** Of the index, or of the manifest of an image without one. */
	readonly mediaType: string;
	/** The index, or manifest, that `platforms` was chosen from. */
	readonly resolved: Digest;
	/** Bytes of it. */
	readonly size: number;
	/** By the platform that was requested. */
	readonly platforms: ReadonlyMap<string, LockedPlatform>;
	readonly unknown: JsonObject;
}

export interface LockedPlatform extends Extensible {
	/** What the index had: a lower variant may stand in. */
	readonly platform: string;
	readonly manifest: LockedBlob;
	readonly config: LockedBlob;
	/** Base first. */
	readonly layers: readonly LockedLayer[];
	/** Signatures that were demanded when it was locked, and were good; a record, which no build trusts. */
	readonly signatures: readonly LockedSignature[];
}

export interface LockedSignature extends Extensible {
	/** `sha256:` and the hex digest of the public key's SubjectPublicKeyInfo. */
	readonly key: string;
	/** The manifest, or the index that names it, that was signed. */
	readonly digest: Digest;
	/** `simple-signing` or `bundle`. */
	readonly form: string;
	/** What the signer called the image. */
	readonly identity: string | undefined;
}

export interface LockedBlob extends Extensible {
	readonly mediaType: string;
	readonly digest: Digest;
	/** Bytes. */
	readonly size: number;
}

export interface LockedLayer extends LockedBlob {
	/** Of the uncompressed tar. */
	readonly diffId: Digest;
}

/** A root file system in a directory. */
export interface LockedDirectory extends Extensible {
	/** SHA-256 of the list of its entries: lower-case hex. */
	readonly sha256: string;
	/** `root`: all of it is given to root, and its modes and times are made equal. Absent: owners are as they are. */
	readonly owner: "root" | undefined;
}

/** What a build made of the locked images for one label. */
export interface LockedOutput extends Extensible {
	readonly pvpkg: string;
	/** Digest of the programs that decide bytes: lower-case hex. */
	readonly engine: string;
	/** Whatever else decides bytes: tier, times, group, ... */
	readonly options: JsonObject;
	/** Of the unsigned package. */
	readonly package: LockedObject;
	/** SHA-256 of the state without signatures. */
	readonly unsigned: string;
	/** By the key in the state. */
	readonly objects: ReadonlyMap<string, LockedObject>;
}

export interface LockedObject extends Extensible {
	/** Lower-case hex. */
	readonly sha256: string;
	/** Bytes. */
	readonly size: number;
}

/** A lock that says nothing yet. */
export const EMPTY_LOCK: Lock = {
	pvpkg: undefined,
	images: new Map(),
	files: new Map(),
	directories: new Map(),
	outputs: new Map(),
	unknown: new Map(),
};
