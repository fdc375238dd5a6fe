import type { ObjectSource } from "../../pantavisor/package/index.js";
import type { State } from "../../pantavisor/state/index.js";

/** A package, a checkout or a state that is weighed. */
export interface Side {
	/** As people know it: the path that was given. */
	readonly name: string;
	/** Label of its platform; empty where nothing says it. */
	readonly platform: string;
	/** The package file; a checkout has none. */
	readonly file: { readonly size: number; readonly sha256: string } | undefined;
	readonly state: State;
	/** The state as it stands in the package. */
	readonly text: Uint8Array;
	readonly objects: ObjectSource;
}
