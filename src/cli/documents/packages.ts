import type { Count, FilePath, FoundFact, JsonMembers, Sha256, Size, StateKey } from "./vocabulary.js";

/** What `verify` found of one package; `ok` says whether no finding is an error. */
export interface VerifiedPackage {
	readonly path: FilePath;
	/** What the trust root says of it; `none` without one. */
	readonly trust: "none" | "full" | "partial" | "failed";
	readonly findings: readonly FoundFact[];
	readonly signatures: readonly CheckedSignature[];
	/** What was attested: files of --attestation and beside the package. */
	readonly attestations: readonly AttestedFile[];
	readonly coverage: CoveredKeys;
	/** Options of a kernel's configuration that the images need, by their keys in the state. */
	readonly images: { readonly [key: string]: readonly string[] };
	/** Objects whose bytes were hashed. */
	readonly objects: Count;
	/** Their bytes. */
	readonly size: Size;
	/** Who was asked for trust; null: nobody. */
	readonly trustRoot: TrustOrigin | null;
	/** What the package makes of the state of --against. */
	readonly against?: ChangedKeys | undefined;
}

/** What `verify` found of several packages. */
export interface VerifiedPackages {
	readonly packages: readonly (VerifiedPackage & { readonly ok: boolean })[];
	/** Packages that could not be read. */
	readonly unreadable: readonly ReportedError[];
}

/** Why a command, or a part of it, failed; docs/exit-codes.md has every code with its remedy. */
export interface ReportedError {
	/** Stable name. @pattern ^[A-Z][A-Z0-9_]*$ */
	readonly code: string;
	readonly message: string;
}

export interface AttestedFile {
	readonly path: FilePath;
	/** Null where anything is wrong with it; the findings say what. */
	readonly attested: string | null;
}

export interface CheckedSignature {
	readonly key: StateKey;
	readonly ok: boolean;
	/** Why nobody who is trusted vouches for it. */
	readonly error?: string | undefined;
}

/** Which keys of the state signatures mention, in pvr's words. */
export interface CoveredKeys {
	readonly protected: readonly StateKey[];
	/** Left out on purpose. */
	readonly excluded: readonly StateKey[];
	/** Not mentioned by any signature. */
	readonly notseen: readonly StateKey[];
	/** Those of `notseen` that are not signatures. */
	readonly uncovered: readonly StateKey[];
}

export interface TrustOrigin {
	readonly path: FilePath;
	/** The option or variable that named it, or where it was found. */
	readonly from: string;
}

export interface ChangedKeys {
	readonly added: readonly StateKey[];
	readonly changed: readonly StateKey[];
	readonly removed: readonly StateKey[];
}

/** What `inspect` lists. */
export interface PackageListing {
	readonly path: FilePath;
	readonly kind: "package" | "checkout" | "state";
	readonly files: readonly ListedKey[];
	/** Entries of every squashfs, by its key in the state: --tree. */
	readonly trees?: { readonly [key: string]: readonly ListedEntry[] } | undefined;
}

export interface ListedKey {
	readonly path: StateKey;
	readonly kind: "document" | "object" | "value";
	/** Of an object that is at hand. */
	readonly size: Size | null;
	/** Of an object. */
	readonly sha256: Sha256 | null;
}

/** An entry of a squashfs. */
export interface ListedEntry {
	/** Without a slash at the beginning; empty for the root. */
	readonly path: string;
	/** `file`, `directory`, `symlink`, ... */
	readonly kind: string;
	/** Octal, four digits at least. @pattern ^[0-7]{4,}$ */
	readonly mode: string;
	readonly uid: Count;
	readonly gid: Count;
	/** Of a file; 0 for others. */
	readonly size: Size;
	/** Of a symlink. */
	readonly target?: string | undefined;
	/** `major:minor` of a device. */
	readonly device?: string | undefined;
	/** Names of extended attributes, if there are any. */
	readonly xattrs?: readonly string[] | undefined;
}

/** What `inspect --state` prints. */
export interface PackageState {
	readonly path: FilePath;
	readonly state: JsonMembers;
}

export interface ChangedComponent {
	/** Type of its package URL: `deb`. */
	readonly type: string;
	readonly name: string;
	/** Versions. */
	readonly before: readonly string[];
	readonly after: readonly string[];
}

/** What `sbom` made. */
export interface SbomDocument {
	readonly format: "spdx-json" | "cyclonedx-json";
	/** The document itself: SPDX 2.3 or CycloneDX 1.6. */
	readonly document: JsonMembers;
}

/** Where `sbom -o` wrote it. */
export interface SbomFile {
	readonly format: "spdx-json" | "cyclonedx-json";
	readonly path: FilePath;
}

/** What `sbom --list` lists. */
export interface ContentsTable {
	/** By type, name and version. */
	readonly components: readonly ListedPart[];
	/** What is there and is not listed, with the reason. */
	readonly incomplete: readonly string[];
}

export interface ListedPart {
	/** Type of its package URL: `deb`. */
	readonly type: string;
	/** With the namespace: `debian/apt`. */
	readonly name: string;
	readonly version: string;
	readonly arch: string;
	readonly licence?: string | undefined;
	/** What states it. */
	readonly path?: string | undefined;
}

/** What `sbom diff` found. */
export interface ComparedContents {
	readonly added: readonly ChangedComponent[];
	readonly removed: readonly ChangedComponent[];
	readonly changed: readonly ChangedComponent[];
	/** Packages that both have. */
	readonly same: Count;
}

/** What `sign` signed. */
export interface SignedPackage {
	readonly path: FilePath;
	/** Names of the containers. */
	readonly signed: readonly string[];
}

/** What `attest` signed. */
export interface SignedStatement {
	readonly path: FilePath;
	/** How it is written. */
	readonly form: "bundle" | "dsse";
}

/** What `sign --emit-payload` and `attest --emit-payload` wrote. */
export interface EmittedPayload {
	readonly payload: FilePath;
	readonly size: Size;
}
