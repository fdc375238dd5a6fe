import { type PvpkgError, type RoomErrors, roomErrors } from "../../ground/bytes/index.js";

const KINDS = {
	/** A directory without `.pvr`. */
	ERR_CHECKOUT_NOT_FOUND: "access",
	/** The directory to replace is not a checkout, or has files that were not committed. */
	ERR_CHECKOUT_OCCUPIED: "input",
	/** `.pvr/config` or `.pvr/new` is damaged. */
	ERR_CHECKOUT_CONFIG: "input",
	/** A key that cannot be a file of a checkout. */
	ERR_CHECKOUT_KEY: "input",
	/** A path or glob that no file matches. */
	ERR_CHECKOUT_PATTERN: "access",
	/** A container does not exist, or exists already. */
	ERR_CHECKOUT_PART: "input",
} as const;

export type CheckoutErrorCode = keyof typeof KINDS;

export const CheckoutError: RoomErrors<CheckoutErrorCode> = roomErrors("CheckoutError", KINDS);
export type CheckoutError = PvpkgError<CheckoutErrorCode>;
