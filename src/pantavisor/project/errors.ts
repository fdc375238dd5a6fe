import { PvpkgError } from "../../ground/bytes/index.js";

export type ReleaseErrorCode =
	/** A platform that has no label, or a label that names no platform. */
	| "ERR_RELEASE_LABEL"
	/** pvpkg.json, container-ci.conf or the pvpkg/ tree is not as it must be. */
	| "ERR_RELEASE_PROJECT"
	/** A part of the package name is missing or cannot stand in a file name. */
	| "ERR_RELEASE_NAME";

export class ReleaseError extends PvpkgError {
	readonly code: ReleaseErrorCode;

	constructor(code: ReleaseErrorCode, message: string, options?: { readonly cause?: unknown }) {
		super(message, options);
		this.code = code;
	}
}
