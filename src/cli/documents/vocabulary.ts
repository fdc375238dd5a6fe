/** Bytes. @asType integer @minimum 0 */
export type Size = number;

/** A count. @asType integer @minimum 0 */
export type Count = number;

/** SHA-256 in lower-case hex. @pattern ^[0-9a-f]{64}$ */
export type Sha256 = string;

/** Digest of content: the algorithm, a colon, lower-case hex. @pattern ^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$ */
export type ContentDigest = string;

/** Platform as `os/architecture[/variant]`. @pattern ^[\w.-]+/[\w.-]+(/[\w.-]+)?$ */
export type PlatformName = string;

/** Name of an architecture in file names, such as `arm64v8`. @pattern ^[a-z0-9]+$ */
export type LabelName = string;

/** Path of a file or directory, as it was given to the command or made by it. */
export type FilePath = string;

/** Key of a state: `CONTAINER/FILE`, `_sigs/NAME.json`, `#spec`. */
export type StateKey = string;

/** Any JSON object, such as a state or a src.json. */
export interface JsonMembers {
	readonly [name: string]: unknown;
}

/** What a rule found. docs/findings.md has every rule with its remedy. */
export interface FoundFact {
	/** An error makes the verdict bad. A note is for what only the whole state of a device can answer. */
	readonly severity: "error" | "warning" | "note";
	/** Stable name of the rule. @pattern ^[A-Z][A-Z0-9_]*$ */
	readonly code: string;
	/** The file, key or image that the finding is about. */
	readonly subject: string;
	/** The finding in a sentence. */
	readonly message: string;
}

/** The files that a command wrote. */
export interface WrittenFiles {
	/** Paths of the files. */
	readonly files: readonly FilePath[];
}
