import { PvpkgError } from "../../ground/bytes/index.js";

export type SigningErrorCode =
	/** A key that cannot sign or verify here: of another kind, encrypted, too short. */
	| "ERR_KEY"
	/** A certificate that cannot be read, or a chain that does not belong to the key. */
	| "ERR_CERTIFICATE"
	/** An include or exclude pattern that is malformed. */
	| "ERR_PATTERN"
	/** A signature would cover nothing, or something the device cannot check. */
	| "ERR_SELECTION"
	/** A signature file that is not one. */
	| "ERR_SIGNATURE_FORMAT"
	/** A signature that does not hold, or is not trusted. */
	| "ERR_SIGNATURE";

export class SigningError extends PvpkgError {
	readonly code: SigningErrorCode;

	constructor(code: SigningErrorCode, message: string, options?: { readonly cause?: unknown }) {
		super(message, options);
		this.code = code;
	}
}
