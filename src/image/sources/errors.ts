import { PvpkgError } from "../../ground/bytes/index.js";

export type SourceErrorCode =
	/** Text that should say where an image is does not. */
	| "ERR_LOCATION"
	/** A layout or archive is malformed. */
	| "ERR_SOURCE_FORMAT"
	/** A layout or archive holds several images, and none or several were named. */
	| "ERR_IMAGE_AMBIGUOUS"
	/** A layout, archive or daemon has no image of that name. */
	| "ERR_IMAGE_NOT_FOUND"
	/** A layout or archive lacks a blob that its image needs. */
	| "ERR_BLOB_MISSING"
	/** The network is forbidden, and what is needed is not in the content store. */
	| "ERR_OFFLINE"
	/** An archive is larger, unpacked, than we are ready to write or than the disk holds. */
	| "ERR_ARCHIVE_LIMIT"
	/** The disk has less free space than a pull needs for certain. */
	| "ERR_DISK_SPACE"
	/** The container daemon cannot be reached or refuses. */
	| "ERR_DAEMON"
	/** A root file system has something that a squashfs cannot hold. */
	| "ERR_ROOTFS_ENTRY";

export class SourceError extends PvpkgError {
	readonly code: SourceErrorCode;

	constructor(code: SourceErrorCode, message: string, options?: { readonly cause?: unknown }) {
		super(message, options);
		this.code = code;
	}
}
