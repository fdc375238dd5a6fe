import type { Count, FilePath, FoundFact, JsonMembers, Sha256, Size, StateKey } from "./vocabulary.js";

/** What `render` made. */
export interface RenderedContainer {
	readonly name: string;
	/** Text of lxc.container.conf; null for a container that has none. */
	readonly config: string | null;
	/** run.json. */
	readonly run: JsonMembers;
}

/** What `render -o` wrote. */
export interface RenderedFiles {
	readonly name: string;
	readonly files: readonly FilePath[];
}

/** What `explain` reports. */
export interface ExplainedContainer {
	readonly name: string;
	readonly explanations: readonly ExplainedSetting[];
}

/** What became of one setting of the image, one argument or one volume. */
export interface ExplainedSetting {
	/** `Entrypoint`, `Env.PATH`, `args.PV_GROUP`, `persistence./data`, `default`. */
	readonly subject: string;
	/** The setting as given, as JSON where it is not a string. */
	readonly value: string;
	/** Lines of lxc.container.conf that come from it. */
	readonly lxc: readonly string[];
	/** Members of run.json that come from it, as `name: value`. */
	readonly run: readonly string[];
	/** What could not be carried over, and what to watch. */
	readonly notes: readonly string[];
}

/** What `mksquashfs` made. */
export interface MadeSquashfs {
	readonly path: FilePath;
	/** Bytes of the file. */
	readonly size: Size;
	/** Bytes of the image without padding. */
	readonly used: Size;
	readonly sha256?: Sha256 | undefined;
	readonly inodes: Count;
	/** Data blocks stored; holes and shared blocks do not count. */
	readonly blocks: Count;
	/** Fragment blocks stored. */
	readonly fragments: Count;
}

export interface CompletionScript {
	readonly shell: "bash" | "zsh" | "fish";
	readonly script: string;
}

/** What `schema` prints. */
export interface PrintedSchema {
	readonly name: string;
	/** JSON Schema, draft 2020-12. */
	readonly schema: JsonMembers;
}

/** Names of the schemas, where `schema` was asked for none. */
export interface ListedNames {
	readonly names: readonly string[];
}

export interface MadeDirectory {
	readonly directory: FilePath;
}

/** What `app add`, `app update` and `app install` made. */
export interface MadeContainer {
	readonly name: string;
	/** Containers on top of it that were made again. */
	readonly dependants: readonly string[];
	/** Its src.json. */
	readonly source: JsonMembers;
}

export interface ShownContainer {
	readonly name: string;
	/** Its src.json. */
	readonly source: JsonMembers;
}

export interface RemovedContainer {
	readonly name: string;
	/** Containers that have lost their base. */
	readonly dependants: readonly string[];
}

export interface AddedKeys {
	readonly added: readonly StateKey[];
}

/** Files that differ from the last commit. */
export interface CheckoutChanges extends AddedKeys {
	readonly removed: readonly StateKey[];
	readonly changed: readonly StateKey[];
	readonly untracked: readonly StateKey[];
}

export interface CommittedChanges extends AddedKeys {
	readonly removed: readonly StateKey[];
	readonly changed: readonly StateKey[];
	readonly findings: readonly FoundFact[];
}

/** What `json` prints: the state that a commit would make. */
export interface WorkingState {
	readonly state: JsonMembers;
}

/** What `diff` prints without arguments: a JSON merge patch. */
export interface WorkingPatch {
	readonly patch: JsonMembers;
}

/** What `checkout` put in place again. */
export interface RestoredFiles {
	readonly written: readonly FilePath[];
}

/** What `checkout PACKAGE DIR` made. */
export interface UnpackedPackage {
	readonly directory: FilePath;
	/** Directories of images that were unpacked: --extract. */
	readonly images: readonly FilePath[];
}

export interface ImportedPackage {
	readonly path: FilePath;
	/** Keys of the state. */
	readonly keys: Count;
	/** Objects that the state names. */
	readonly objects: Count;
}

/** What `sig add` signed. */
export interface SignedKey {
	readonly key: StateKey;
}

export interface SignedKeys {
	readonly keys: readonly StateKey[];
}

/** What `sig ls` prints, in pvr's words; empty lists are left out. */
export interface SignatureListing {
	readonly protected?: readonly StateKey[] | undefined;
	readonly excluded?: readonly StateKey[] | undefined;
	readonly notseen?: readonly StateKey[] | undefined;
	readonly sigs?: readonly ListedSignature[] | undefined;
}

/** A JSON Web Signature; its parts are base64url. */
export interface ListedSignature {
	readonly payload?: string | undefined;
	readonly protected: string;
	readonly signature: string;
}

/** What `dm-convert` and `dm-apply` protected. */
export interface ProtectedVolumes {
	readonly volumes: readonly { readonly volume: StateKey; readonly rootHash: Sha256 }[];
}
