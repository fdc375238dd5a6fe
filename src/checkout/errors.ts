import { PvpkgError } from "../bytes/index.js";

export type CheckoutErrorCode =
	/** A directory without `.pvr`. */
	| "ERR_CHECKOUT_NOT_FOUND"
	/** A directory that would be replaced, and is no checkout. */
	| "ERR_CHECKOUT_OCCUPIED"
	/** `.pvr/config` is damaged. */
	| "ERR_CHECKOUT_CONFIG"
	/** A key that cannot be a file of a checkout. */
	| "ERR_CHECKOUT_KEY";

export class CheckoutError extends PvpkgError {
	readonly code: CheckoutErrorCode;

	constructor(code: CheckoutErrorCode, message: string, options?: { readonly cause?: unknown }) {
		super(message, options);
		this.code = code;
	}
}
