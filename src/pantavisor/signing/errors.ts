import { type PvpkgError, type RoomErrors, roomErrors } from "../../ground/bytes/index.js";

const KINDS = {
	/** A key that cannot sign or verify here: of another kind, encrypted, or too short. */
	ERR_KEY: "input",
	/** A certificate that cannot be read, or a chain that does not belong to the key. */
	ERR_CERTIFICATE: "input",
	/** An include or exclude pattern that is malformed. */
	ERR_PATTERN: "input",
	/** A signature would cover nothing, or something the device cannot check. */
	ERR_SELECTION: "input",
	/** A file in place of a signature that is not one. */
	ERR_SIGNATURE_FORMAT: "input",
	/** The signatures of a state would take more work to check than a limit allows, which the message names. */
	ERR_SIGNATURE_LIMIT: "input",
	/** A signature that is not valid, or not trusted. */
	ERR_SIGNATURE: "verification",
} as const;

/** The codes of `SigningError`. */
export type SigningErrorCode = keyof typeof KINDS;

/** The error for what is wrong with a key, a certificate or a signature. */
export const SigningError: RoomErrors<SigningErrorCode> = roomErrors("SigningError", KINDS);
export type SigningError = PvpkgError<SigningErrorCode>;
