import type { Content } from "../../ground/bytes/index.js";
import type { ObjectSource } from "../../pantavisor/package/index.js";
import type { State } from "../../pantavisor/state/index.js";

/** An open package that is compared. */
export interface ComparedPackage {
	/** The file's bytes, compressed by gzip or not. */
	readonly file: Content;
	/** The uncompressed archive. */
	readonly archive: Content;
	readonly state: State;
	readonly objects: ObjectSource;
}
