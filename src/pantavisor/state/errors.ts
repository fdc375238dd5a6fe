import { PvpkgError } from "../../ground/bytes/index.js";

export type PantavisorErrorCode =
	/** A state is not an object, a part cannot be merged into it, or no device could deploy it. */
	| "ERR_STATE"
	/** A member of `src.json` has the wrong type. */
	| "ERR_SOURCE_MANIFEST"
	/** A member of the image's configuration has the wrong type. */
	| "ERR_IMAGE_SETTINGS"
	/** A template argument has the wrong type, or contradicts another. */
	| "ERR_ARGUMENT"
	/** A part or container name that the device cannot take. */
	| "ERR_PART_NAME"
	/** A volume that cannot be mounted, or two that would share one directory. */
	| "ERR_VOLUME"
	/** A value that has no spelling in `lxc.container.conf`. */
	| "ERR_LXC_VALUE";

export class PantavisorError extends PvpkgError {
	readonly code: PantavisorErrorCode;

	constructor(code: PantavisorErrorCode, message: string, options?: { readonly cause?: unknown }) {
		super(message, options);
		this.code = code;
	}
}
