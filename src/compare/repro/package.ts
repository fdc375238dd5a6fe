import type { Content } from "../../ground/bytes/index.js";
import type { ObjectSource } from "../../pantavisor/package/index.js";
import type { State } from "../../pantavisor/state/index.js";

/** A package that is compared; all of it is open. */
export interface ComparedPackage {
	/** The file's bytes, gzip'ed or not. */
	readonly file: Content;
	/** Unpacked. */
	readonly archive: Content;
	readonly state: State;
	readonly objects: ObjectSource;
}
