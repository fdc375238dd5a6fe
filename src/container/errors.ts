import { PvpkgError } from "../ground/bytes/index.js";

export type BuildErrorCode =
	/** A src.json names no image, or another image came than the one it names. */
	| "ERR_BUILD_SOURCE"
	/** What was asked for does not go together. */
	| "ERR_BUILD_REQUEST"
	/** One platform has to be chosen, and none or several were. */
	| "ERR_BUILD_PLATFORM"
	/** A program of the image is not of the architecture asked for. */
	| "ERR_BUILD_ARCHITECTURE";

export class BuildError extends PvpkgError {
	readonly code: BuildErrorCode;

	constructor(code: BuildErrorCode, message: string, options?: { readonly cause?: unknown }) {
		super(message, options);
		this.code = code;
	}
}
