import type { Count, FilePath, FoundFact, JsonMembers, Sha256, Size, StateKey } from "./vocabulary.js";

/** What `verify` found in one package. `ok` says that no finding is an error. */
export interface VerifiedPackage {
	/** Path of the package. */
	readonly path: FilePath;
	/** How much of the package is signed by somebody whom the trust root trusts; `none` without a trust root. */
	readonly trust: "none" | "full" | "partial" | "failed";
	/** What the rules found. */
	readonly findings: readonly FoundFact[];
	/** The signatures in the package. */
	readonly signatures: readonly CheckedSignature[];
	/** Attestations that were checked: those of --attestation, and those beside the package. */
	readonly attestations: readonly AttestedFile[];
	/** Which keys of the state the signatures cover. */
	readonly coverage: CoveredKeys;
	/** Options of the kernel's configuration that the images need, by their keys in the state. */
	readonly images: { readonly [key: string]: readonly string[] };
	/** Number of objects whose bytes were hashed. */
	readonly objects: Count;
	/** Bytes of those objects. */
	readonly size: Size;
	/** The trust root that was used; null where there is none. */
	readonly trustRoot: TrustOrigin | null;
	/** How the package changes the state of --against. */
	readonly against?: ChangedKeys | undefined;
}

/** What `verify` found in several packages. */
export interface VerifiedPackages {
	/** One result for each package. */
	readonly packages: readonly JudgedPackage[];
	/** Errors of the packages that could not be read. */
	readonly unreadable: readonly ReportedError[];
}

/** What `verify` found in one of several packages. */
export interface JudgedPackage extends VerifiedPackage {
	/** Whether no finding is an error. */
	readonly ok: boolean;
}

/** Why a command, or a part of it, failed. docs/exit-codes.md has every code with its remedy. */
export interface ReportedError {
	/** Stable name of the error. @pattern ^[A-Z][A-Z0-9_]*$ */
	readonly code: string;
	/** The message that a person sees. */
	readonly message: string;
}

/** An attestation that was checked. */
export interface AttestedFile {
	/** Path of the attestation. */
	readonly path: FilePath;
	/** What it attests; null where it does not hold, which the findings explain. */
	readonly attested: string | null;
}

/** A signature in the package. */
export interface CheckedSignature {
	/** Key of the signature. */
	readonly key: StateKey;
	/** Whether the signature is valid, and its signer trusted. */
	readonly ok: boolean;
	/** Why the signature does not count. */
	readonly error?: string | undefined;
}

/** Which keys of the state the signatures mention, in pvr's words. */
export interface CoveredKeys {
	/** Keys that a signature covers. */
	readonly protected: readonly StateKey[];
	/** Keys that a signature leaves out on purpose. */
	readonly excluded: readonly StateKey[];
	/** Keys that no signature mentions. */
	readonly notseen: readonly StateKey[];
	/** Keys of `notseen` that are not signatures themselves. */
	readonly uncovered: readonly StateKey[];
}

/** A trust root. */
export interface TrustOrigin {
	/** Path of the file. */
	readonly path: FilePath;
	/** The option or variable that named the file, or the place where it was found. */
	readonly from: string;
}

/** How one state differs from another. */
export interface ChangedKeys {
	/** Keys that are new. */
	readonly added: readonly StateKey[];
	/** Keys whose content changed. */
	readonly changed: readonly StateKey[];
	/** Keys that are gone. */
	readonly removed: readonly StateKey[];
}

/** What `inspect` lists. */
export interface PackageListing {
	/** Path of the package, checkout or state. */
	readonly path: FilePath;
	/** What lies at the path. */
	readonly kind: "package" | "checkout" | "state";
	/** The keys of the state. */
	readonly files: readonly ListedKey[];
	/** The entries of every squashfs by its key in the state, with --tree. */
	readonly trees?: { readonly [key: string]: readonly ListedEntry[] } | undefined;
}

/** A key of the state. */
export interface ListedKey {
	/** The key. */
	readonly path: StateKey;
	/** What the key names: a JSON document, an object, or another value. */
	readonly kind: "document" | "object" | "value";
	/** Bytes of the object; null for other keys, and where the object is missing. */
	readonly size: Size | null;
	/** SHA-256 of the object; null for other keys. */
	readonly sha256: Sha256 | null;
}

/** An entry of a squashfs. */
export interface ListedEntry {
	/** Path without a leading slash; empty for the root. */
	readonly path: string;
	/** Type of the entry: `file`, `directory`, `symlink`, ... */
	readonly kind: string;
	/** Permissions in octal, four digits or more. @pattern ^[0-7]{4,}$ */
	readonly mode: string;
	/** User id of the owner. */
	readonly uid: Count;
	/** Group id of the owner. */
	readonly gid: Count;
	/** Bytes of a file; 0 for other entries. */
	readonly size: Size;
	/** Target of a symlink. */
	readonly target?: string | undefined;
	/** `major:minor` of a device node. */
	readonly device?: string | undefined;
	/** Names of extended attributes; absent where there are none. */
	readonly xattrs?: readonly string[] | undefined;
}

/** What `inspect --state` prints. */
export interface PackageState {
	/** Path of the package. */
	readonly path: FilePath;
	/** The state. */
	readonly state: JsonMembers;
}

/** A component that differs between two packages. */
export interface ChangedComponent {
	/** Type of its package URL, such as `deb`. */
	readonly type: string;
	/** Name of the component. */
	readonly name: string;
	/** Its versions in the old package. */
	readonly before: readonly string[];
	/** Its versions in the new package. */
	readonly after: readonly string[];
}

/** The document that `sbom` made. */
export interface SbomDocument {
	/** Format of the document. */
	readonly format: "spdx-json" | "cyclonedx-json";
	/** The document itself: SPDX 2.3 or CycloneDX 1.6. */
	readonly document: JsonMembers;
}

/** The file that `sbom -o` wrote. */
export interface SbomFile {
	/** Format of the document. */
	readonly format: "spdx-json" | "cyclonedx-json";
	/** Path of the file. */
	readonly path: FilePath;
}

/** What `sbom --list` lists. */
export interface ContentsTable {
	/** The components, sorted by type, name and version. */
	readonly components: readonly ListedPart[];
	/** What could not be listed, each with the reason. */
	readonly incomplete: readonly string[];
}

/** A component of a package. */
export interface ListedPart {
	/** Type of its package URL, such as `deb`. */
	readonly type: string;
	/** Name with its namespace, such as `debian/apt`. */
	readonly name: string;
	/** Version of the component. */
	readonly version: string;
	/** Architecture of the component; empty where none is stated. */
	readonly arch: string;
	/** Licence as the component states it; absent where it states none. */
	readonly licence?: string | undefined;
	/** The file that states all this. */
	readonly path?: string | undefined;
}

/** What `sbom diff` found. */
export interface ComparedContents {
	/** Components that only the new package has. */
	readonly added: readonly ChangedComponent[];
	/** Components that only the old package has. */
	readonly removed: readonly ChangedComponent[];
	/** Components with other versions. */
	readonly changed: readonly ChangedComponent[];
	/** Number of components that both packages have. */
	readonly same: Count;
}

/** What `sign` signed. */
export interface SignedPackage {
	/** Path of the package. */
	readonly path: FilePath;
	/** Names of the containers that were signed. */
	readonly signed: readonly string[];
}

/** The packages that `sign` signed, where there are several. */
export interface SignedPackages {
	/** One result for each package, in their order. */
	readonly packages: readonly SignedPackage[];
}

/** The attestation that `attest` signed. */
export interface SignedStatement {
	/** Path of the attestation. */
	readonly path: FilePath;
	/** How the attestation is written. */
	readonly form: "bundle" | "dsse";
}

/** What `sign --emit-payload` or `attest --emit-payload` wrote. */
export interface EmittedPayload {
	/** Path of the file that has to be signed. */
	readonly payload: FilePath;
	/** Bytes of the file. */
	readonly size: Size;
}
