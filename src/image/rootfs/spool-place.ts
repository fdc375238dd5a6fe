import type { Spool } from "../../ground/files/index.js";

/** A spool of one image, and who needs it. */
export interface SpoolPlace {
	readonly spool: Spool;
	/** Images in work that have contents of it. */
	readonly users: Set<object>;
	/** Of layers that lie in it: their keys. */
	readonly layers: Set<string>;
	/** Of these layers. */
	entries: number;
}
