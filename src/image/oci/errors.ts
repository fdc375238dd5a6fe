import { PvpkgError } from "../../ground/bytes/index.js";

export type OciErrorCode =
	/** Text that should be an image reference is not one. */
	| "ERR_REFERENCE"
	/** Text that should be a digest is not one, or names an unknown algorithm. */
	| "ERR_DIGEST"
	/** Text that should be a platform is not one. */
	| "ERR_PLATFORM"
	/** A manifest or index is malformed. */
	| "ERR_MANIFEST"
	/** A manifest of a kind that no image can be made from: schema 1, artifact, unknown layer type. */
	| "ERR_MANIFEST_UNSUPPORTED"
	/** Indexes are nested too deeply, or in a circle. */
	| "ERR_INDEX_DEPTH"
	/** An image configuration is malformed or does not fit its manifest. */
	| "ERR_IMAGE_CONFIG"
	/** The image does not exist for a platform that was asked for. */
	| "ERR_PLATFORM_MISSING"
	/** The image is labelled as one platform and configured for another. */
	| "ERR_PLATFORM_MISMATCH"
	/** A document is larger than we read. */
	| "ERR_DOCUMENT_SIZE"
	/** A blob's length is not the one its descriptor promises. */
	| "ERR_BLOB_SIZE"
	/** A blob's bytes are not those its digest promises. */
	| "ERR_BLOB_DIGEST";

export class OciError extends PvpkgError {
	readonly code: OciErrorCode;

	constructor(code: OciErrorCode, message: string, options?: { readonly cause?: unknown }) {
		super(message, options);
		this.code = code;
	}
}
