import type { ObjectSource } from "../../pantavisor/package/index.js";
import type { State } from "../../pantavisor/state/index.js";

/** The file of a package. */
export interface PackageFile {
	/** Size in bytes. */
	readonly size: number;
	/** Returns the lower-case hex SHA-256. @throws BytesError if the file cannot be read, or changed. */
	sha256(): Promise<string>;
}

/** A package, a checkout or a state that is weighed. */
export interface Side {
	/** Name for messages: the path that was given. */
	readonly name: string;
	/** Label of its platform; empty if unknown. */
	readonly platform: string;
	/** The package file; undefined for a checkout. */
	readonly file: PackageFile | undefined;
	readonly state: State;
	/** The exact bytes of the state in the package. */
	readonly text: Uint8Array;
	readonly objects: ObjectSource;
}
