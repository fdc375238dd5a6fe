import type { JsonObject } from "../../ground/json/index.js";
import type { Digest } from "../oci/index.js";

/** Objects of a lock that may have members that this version does not know, which are kept when the lock is written. */
export interface Extensible {
	readonly unknown?: JsonObject | undefined;
}

/** The content of `pvpkg.lock.json`: the images that the names in a project stand for (docs/lock.md). */
export interface Lock {
	/** Version of the program that wrote it. */
	readonly pvpkg: string | undefined;
	/**
	 * Images by the name in src.json, `docker_name:docker_tag`, or as the user typed it; images in the project by
	 * `oci:PATH[:TAG]` and the like.
	 */
	readonly images: ReadonlyMap<string, LockedImage>;
	/** Archives of root file systems, by path or address as in src.json. */
	readonly files: ReadonlyMap<string, LockedObject>;
	/** Root file systems in directories, by path. */
	readonly directories: ReadonlyMap<string, LockedDirectory>;
	/** The results of building these images, by label. */
	readonly outputs: ReadonlyMap<string, LockedOutput>;
	/** Members that this version does not know; they are kept. */
	readonly unknown: JsonObject;
	/** Paths of such members in the document, each once: `images: nginx:1.27: future`. */
	readonly unknownPaths?: readonly string[] | undefined;
}

export interface LockedImage {
	/** Name as `NAME:TAG@DIGEST`, the only string that bots change; for an image in the project, its key. */
	readonly image: string;
	/** Media type of the index, or of the manifest of an image without an index. */
	readonly mediaType: string;
	/** Digest of the index or manifest that `platforms` was chosen from. */
	readonly resolved: Digest;
	/** Its size in bytes. */
	readonly size: number;
	/** Images by the platform that was requested. */
	readonly platforms: ReadonlyMap<string, LockedPlatform>;
	readonly unknown: JsonObject;
}

export interface LockedPlatform extends Extensible {
	/** Platform in the index, which may be a lower variant than the requested one. */
	readonly platform: string;
	readonly manifest: LockedBlob;
	readonly config: LockedBlob;
	/** Layers, base first. */
	readonly layers: readonly LockedLayer[];
	/** Signatures that were required and valid when the image was locked. They are a record, which no build trusts. */
	readonly signatures: readonly LockedSignature[];
}

export interface LockedSignature extends Extensible {
	/** `sha256:` and the hex digest of the public key's SubjectPublicKeyInfo. */
	readonly key: string;
	/** Digest of the signed manifest, or of the index that names it. */
	readonly digest: Digest;
	/** Format of the signature, `simple-signing` or `bundle`. */
	readonly form: string;
	/** Name of the image according to the signer. */
	readonly identity: string | undefined;
}

export interface LockedBlob extends Extensible {
	readonly mediaType: string;
	readonly digest: Digest;
	/** Size in bytes. */
	readonly size: number;
}

export interface LockedLayer extends LockedBlob {
	/** Digest of the uncompressed tar. */
	readonly diffId: Digest;
}

/** A root file system in a directory. */
export interface LockedDirectory extends Extensible {
	/** SHA-256 of the list of its entries, in lower-case hex. */
	readonly sha256: string;
	/** `root`: root owns everything, with uniform modes and times. Absent: owners stay unchanged. */
	readonly owner: "root" | undefined;
}

/** The result of building the locked images for one label. */
export interface LockedOutput extends Extensible {
	readonly pvpkg: string;
	/** Digest of the programs that decide bytes, in lower-case hex. */
	readonly engine: string;
	/** Everything else that decides bytes: tier, times, group, ... */
	readonly options: JsonObject;
	/** The unsigned package. */
	readonly package: LockedObject;
	/** SHA-256 of the state without signatures. */
	readonly unsigned: string;
	/** Objects by their key in the state. */
	readonly objects: ReadonlyMap<string, LockedObject>;
}

export interface LockedObject extends Extensible {
	/** Digest in lower-case hex. */
	readonly sha256: string;
	/** Size in bytes. */
	readonly size: number;
}

/** A lock without entries. */
export const EMPTY_LOCK: Lock = {
	pvpkg: undefined,
	images: new Map(),
	files: new Map(),
	directories: new Map(),
	outputs: new Map(),
	unknown: new Map(),
};
