import { PvpkgError } from "../../ground/bytes/index.js";

export type RootfsErrorCode =
	/** A layer is packed in a way that is not supported (xz, bzip2). */
	| "ERR_LAYER_COMPRESSION"
	/** A layer's packed stream is damaged, cut short, or has something behind its end. */
	| "ERR_LAYER_DATA"
	/** A layer's uncompressed bytes are not those that the image's config promises. */
	| "ERR_LAYER_DIFF_ID"
	/** A layer expands to more than is allowed. */
	| "ERR_LAYER_SIZE"
	/** A layer's tar archive is refused; the cause says why. */
	| "ERR_LAYER_TAR"
	/** An entry cannot be applied: its path leaves the root, its link has no target. */
	| "ERR_LAYER_ENTRY";

/** A layer that is refused. The message names the layer's digest, and the entry if there is one. */
export class RootfsError extends PvpkgError {
	readonly code: RootfsErrorCode;

	constructor(code: RootfsErrorCode, message: string, options?: { readonly cause?: unknown }) {
		super(message, options);
		this.code = code;
	}
}
