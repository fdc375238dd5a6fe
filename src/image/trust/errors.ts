import { type PvpkgError, type RoomErrors, roomErrors } from "../../ground/bytes/index.js";

const KINDS = {
	/** An image has no signature by a key that is trusted, or its signatures are of something else. */
	ERR_IMAGE_SIGNATURE: "verification",
	/** A policy rejects an image, or asks for a kind of proof that cannot be checked here. */
	ERR_IMAGE_POLICY: "verification",
	/** A policy or a file of keys is not what it must be. */
	ERR_IMAGE_POLICY_FORMAT: "input",
} as const;

export type ImageTrustErrorCode = keyof typeof KINDS;
export const ImageTrustError: RoomErrors<ImageTrustErrorCode> = roomErrors("ImageTrustError", KINDS);
export type ImageTrustError = PvpkgError<ImageTrustErrorCode>;
