import { PvpkgError } from "../../ground/bytes/index.js";

export type SquashfsErrorCode =
	/** A format option is unknown, malformed or out of range. */
	| "ERR_SQUASHFS_OPTION"
	/** The tree has a name, link target, device or directory that no file system can hold. */
	| "ERR_SQUASHFS_TREE"
	/** More inodes, ids, bytes or levels than the format, or this reader, can count. */
	| "ERR_SQUASHFS_LIMIT"
	/** The bytes are not a squashfs image, or a damaged one. */
	| "ERR_SQUASHFS_FORMAT"
	/** The image is of a version or a compressor that is not supported. */
	| "ERR_SQUASHFS_UNSUPPORTED";

export class SquashfsError extends PvpkgError {
	readonly code: SquashfsErrorCode;

	constructor(code: SquashfsErrorCode, message: string, options?: { readonly cause?: unknown }) {
		super(message, options);
		this.code = code;
	}
}
