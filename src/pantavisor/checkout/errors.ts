import { PvpkgError } from "../../ground/bytes/index.js";

export type CheckoutErrorCode =
	/** A directory without `.pvr`. */
	| "ERR_CHECKOUT_NOT_FOUND"
	/** A directory that would be replaced, and is no checkout, or has files that were not committed. */
	| "ERR_CHECKOUT_OCCUPIED"
	/** `.pvr/config` or `.pvr/new` is damaged. */
	| "ERR_CHECKOUT_CONFIG"
	/** A key that cannot be a file of a checkout. */
	| "ERR_CHECKOUT_KEY"
	/** A path or glob that no file matches. */
	| "ERR_CHECKOUT_PATTERN"
	/** A container that is not there, or is already. */
	| "ERR_CHECKOUT_PART";

export class CheckoutError extends PvpkgError {
	readonly code: CheckoutErrorCode;

	constructor(code: CheckoutErrorCode, message: string, options?: { readonly cause?: unknown }) {
		super(message, options);
		this.code = code;
	}
}
