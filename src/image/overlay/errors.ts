import { PvpkgError } from "../../ground/bytes/index.js";

export type OverlayErrorCode =
	/** The tree has a node that overlayfs would take for a whiteout or an opaque mark. */
	"ERR_OVERLAY_MARKER";

export class OverlayError extends PvpkgError {
	readonly code: OverlayErrorCode;

	constructor(code: OverlayErrorCode, message: string, options?: { readonly cause?: unknown }) {
		super(message, options);
		this.code = code;
	}
}
