import { type PvpkgError, type RoomErrors, roomErrors } from "../../ground/bytes/index.js";

const KINDS = {
	/** A string that should be an image reference is not one. */
	ERR_REFERENCE: "input",
	/** A string that should be a digest is not one, or names an unknown algorithm. */
	ERR_DIGEST: "input",
	/** A string that should be a platform is not one. */
	ERR_PLATFORM: "input",
	/** A manifest or index is malformed. */
	ERR_MANIFEST: "input",
	/** A manifest of a kind that no image can be made from: schema 1, artifact, unknown layer type. */
	ERR_MANIFEST_UNSUPPORTED: "input",
	/** Indexes are nested too deeply, or in a circle. */
	ERR_INDEX_DEPTH: "input",
	/** An image configuration is malformed or does not fit its manifest. */
	ERR_IMAGE_CONFIG: "input",
	/** The image does not exist for a requested platform. */
	ERR_PLATFORM_MISSING: "access",
	/** The index lists the image for one platform, and its configuration names another. */
	ERR_PLATFORM_MISMATCH: "input",
	/** A document is larger than the limit of this program. */
	ERR_DOCUMENT_SIZE: "input",
	/** The size of a blob is not that of its descriptor. */
	ERR_BLOB_SIZE: "input",
	/** The bytes of a blob do not have the digest of its descriptor. */
	ERR_BLOB_DIGEST: "input",
} as const;

/** The codes of `OciError`. */
export type OciErrorCode = keyof typeof KINDS;

/** What is wrong with a name, a manifest or a platform of an image. */
export const OciError: RoomErrors<OciErrorCode> = roomErrors("OciError", KINDS);
export type OciError = PvpkgError<OciErrorCode>;
