import { PvpkgError } from "../../ground/bytes/index.js";

export type VerityErrorCode =
	/** The volume's size, the salt or the uuid is not what dm-verity takes. */
	| "ERR_VERITY_INPUT"
	/** A hash file or a `_dm` manifest is not as it must be. */
	| "ERR_VERITY_FORMAT"
	/** A block, a hash or the root hash is not right. */
	| "ERR_VERITY_MISMATCH";

export class VerityError extends PvpkgError {
	readonly code: VerityErrorCode;

	constructor(code: VerityErrorCode, message: string, options?: { readonly cause?: unknown }) {
		super(message, options);
		this.code = code;
	}
}
