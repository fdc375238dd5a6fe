import { type PvpkgError, type RoomErrors, roomErrors } from "../../ground/bytes/index.js";

const KINDS = {
	/** Text that should be an image reference is not one. */
	ERR_REFERENCE: "input",
	/** Text that should be a digest is not one, or names an unknown algorithm. */
	ERR_DIGEST: "input",
	/** Text that should be a platform is not one. */
	ERR_PLATFORM: "input",
	/** A manifest or index is malformed. */
	ERR_MANIFEST: "input",
	/** A manifest of a kind that no image can be made from: schema 1, artifact, unknown layer type. */
	ERR_MANIFEST_UNSUPPORTED: "input",
	/** Indexes are nested too deeply, or in a circle. */
	ERR_INDEX_DEPTH: "input",
	/** An image configuration is malformed or does not fit its manifest. */
	ERR_IMAGE_CONFIG: "input",
	/** The image does not exist for a platform that was asked for. */
	ERR_PLATFORM_MISSING: "access",
	/** The image is labelled as one platform and configured for another. */
	ERR_PLATFORM_MISMATCH: "input",
	/** A document is larger than we read. */
	ERR_DOCUMENT_SIZE: "input",
	/** A blob's length is not the one its descriptor promises. */
	ERR_BLOB_SIZE: "input",
	/** A blob's bytes are not those its digest promises. */
	ERR_BLOB_DIGEST: "input",
} as const;

/** The codes of `OciError`. */
export type OciErrorCode = keyof typeof KINDS;

/** What is wrong with a name, a manifest or a platform of an image. */
export const OciError: RoomErrors<OciErrorCode> = roomErrors("OciError", KINDS);
export type OciError = PvpkgError<OciErrorCode>;
