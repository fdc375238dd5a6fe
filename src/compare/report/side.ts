import type { ObjectSource } from "../../pantavisor/package/index.js";
import type { State } from "../../pantavisor/state/index.js";

/** The file of a package. */
export interface PackageFile {
	/** Bytes. */
	readonly size: number;
	/** Returns the lower-case hex SHA-256. @throws BytesError where the file cannot be read, or changed. */
	sha256(): Promise<string>;
}

/** A package, a checkout or a state that is weighed. */
export interface Side {
	/** As people know it: the path that was given. */
	readonly name: string;
	/** Label of its platform; empty where nothing says it. */
	readonly platform: string;
	/** The package file; a checkout has none. */
	readonly file: PackageFile | undefined;
	readonly state: State;
	/** The state as it stands in the package. */
	readonly text: Uint8Array;
	readonly objects: ObjectSource;
}
