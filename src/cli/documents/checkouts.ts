import type { Count, FilePath, FoundFact, JsonMembers, Sha256, Size, StateKey } from "./vocabulary.js";

/** The files that `render` made for a container. */
export interface RenderedContainer {
	/** Name of the container. */
	readonly name: string;
	/** Text of lxc.container.conf; null for a container that has none. */
	readonly config: string | null;
	/** Content of run.json. */
	readonly run: JsonMembers;
}

/** The files that `render -o` wrote. */
export interface RenderedFiles {
	/** Name of the container. */
	readonly name: string;
	/** Paths of the files. */
	readonly files: readonly FilePath[];
}

/** What `explain` reports about a container. */
export interface ExplainedContainer {
	/** Name of the container. */
	readonly name: string;
	/** The settings, arguments and volumes, each with what became of it. */
	readonly explanations: readonly ExplainedSetting[];
}

/** What became of one setting of the image, one argument or one volume. */
export interface ExplainedSetting {
	/** What is explained: `Entrypoint`, `Env.PATH`, `args.PV_GROUP`, `persistence./data`, `default`. */
	readonly subject: string;
	/** The setting as it was given; JSON where it is not a string. */
	readonly value: string;
	/** Lines of lxc.container.conf that come from it. */
	readonly lxc: readonly string[];
	/** Members of run.json that come from it, as `name: value`. */
	readonly run: readonly string[];
	/** What could not be carried over, and what needs attention. */
	readonly notes: readonly string[];
}

/** The image that `mksquashfs` made. */
export interface MadeSquashfs {
	/** Path of the image. */
	readonly path: FilePath;
	/** Bytes of the file, padding included. */
	readonly size: Size;
	/** Bytes of the image without its padding. */
	readonly used: Size;
	/** SHA-256 of the file. */
	readonly sha256?: Sha256 | undefined;
	/** Number of inodes. */
	readonly inodes: Count;
	/** Number of data blocks that are stored; holes and shared blocks do not count. */
	readonly blocks: Count;
	/** Number of fragment blocks that are stored. */
	readonly fragments: Count;
}

/** The script that `completion` prints. */
export interface CompletionScript {
	/** The shell that runs the script. */
	readonly shell: "bash" | "zsh" | "fish";
	/** The script itself. */
	readonly script: string;
}

/** What `schema` prints. */
export interface PrintedSchema {
	/** Name of the schema. */
	readonly name: string;
	/** The JSON Schema, draft 2020-12. */
	readonly schema: JsonMembers;
}

/** The names that a command lists: containers, or schemas. */
export interface ListedNames {
	/** The names. */
	readonly names: readonly string[];
}

/** The directory that a command made. */
export interface MadeDirectory {
	/** Path of the directory. */
	readonly directory: FilePath;
}

/** The container that `app add`, `app update` or `app install` made. */
export interface MadeContainer {
	/** Name of the container. */
	readonly name: string;
	/** Containers based on this one, which were made again. */
	readonly dependants: readonly string[];
	/** Content of the container's src.json. */
	readonly source: JsonMembers;
}

/** The container that `app info` shows. */
export interface ShownContainer {
	/** Name of the container. */
	readonly name: string;
	/** Content of the container's src.json. */
	readonly source: JsonMembers;
}

/** The container that `app rm` removed. */
export interface RemovedContainer {
	/** Name of the container. */
	readonly name: string;
	/** Containers that lost their base. */
	readonly dependants: readonly string[];
}

/** Files that are new. */
export interface AddedKeys {
	/** Keys of files that are new. */
	readonly added: readonly StateKey[];
}

/** Files that differ from the last commit. */
export interface CheckoutChanges extends AddedKeys {
	/** Keys of files that were removed. */
	readonly removed: readonly StateKey[];
	/** Keys of files whose content changed. */
	readonly changed: readonly StateKey[];
	/** Keys of files that no commit has and nobody added. */
	readonly untracked: readonly StateKey[];
}

/** What `commit` committed. */
export interface CommittedChanges extends AddedKeys {
	/** Keys of files that were removed. */
	readonly removed: readonly StateKey[];
	/** Keys of files whose content changed. */
	readonly changed: readonly StateKey[];
	/** What the device rules say about the new state. */
	readonly findings: readonly FoundFact[];
}

/** The state that a commit would make: `json`. */
export interface WorkingState {
	/** The state. */
	readonly state: JsonMembers;
}

/** What `diff` prints without arguments. */
export interface WorkingPatch {
	/** A JSON merge patch (RFC 7396) from the committed state to the files. */
	readonly patch: JsonMembers;
}

/** The files that `checkout` restored. */
export interface RestoredFiles {
	/** Paths of the files. */
	readonly written: readonly FilePath[];
}

/** The checkout that `checkout PACKAGE DIR` made. */
export interface UnpackedPackage {
	/** Path of the checkout. */
	readonly directory: FilePath;
	/** Directories that images were unpacked to, with --extract. */
	readonly images: readonly FilePath[];
}

/** The package that `import` added to the checkout. */
export interface ImportedPackage {
	/** Path of the package. */
	readonly path: FilePath;
	/** Number of keys of its state. */
	readonly keys: Count;
	/** Number of objects that its state names. */
	readonly objects: Count;
}

/** The signature that `sig add` made. */
export interface SignedKey {
	/** Key of the signature. */
	readonly key: StateKey;
}

/** The signatures that `sig update` made. */
export interface SignedKeys {
	/** Keys of the signatures. */
	readonly keys: readonly StateKey[];
}

/** What `sig ls` prints, in pvr's words. Empty lists are left out. */
export interface SignatureListing {
	/** Keys that a signature covers. */
	readonly protected?: readonly StateKey[] | undefined;
	/** Keys that a signature leaves out on purpose. */
	readonly excluded?: readonly StateKey[] | undefined;
	/** Keys that no signature mentions. */
	readonly notseen?: readonly StateKey[] | undefined;
	/** The signatures themselves. */
	readonly sigs?: readonly ListedSignature[] | undefined;
}

/** A JSON Web Signature. Its members are base64url. */
export interface ListedSignature {
	/** The signed payload; absent where it is detached. */
	readonly payload?: string | undefined;
	/** The protected header. */
	readonly protected: string;
	/** The signature over header and payload. */
	readonly signature: string;
}

/** The volumes that `dm-convert` or `dm-apply` protected. */
export interface ProtectedVolumes {
	/** The volumes. */
	readonly volumes: readonly ProtectedVolume[];
}

/** A protected volume. */
export interface ProtectedVolume {
	/** Key of the volume's image in the state. */
	readonly volume: StateKey;
	/** Root hash of its hash tree. */
	readonly rootHash: Sha256;
}
