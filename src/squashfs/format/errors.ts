import { type PvpkgError, type RoomErrors, roomErrors } from "../../ground/bytes/index.js";

const KINDS = {
	/** A format option is unknown, malformed or out of range. */
	ERR_SQUASHFS_OPTION: "input",
	/** The tree has a name, link target, device or directory that no file system can hold. */
	ERR_SQUASHFS_TREE: "input",
	/** There are more inodes, ids, bytes or levels than the format, or this reader, allows. */
	ERR_SQUASHFS_LIMIT: "input",
	/** The bytes are not a squashfs image, or a damaged one. */
	ERR_SQUASHFS_FORMAT: "input",
	/** The image is of a version or a compressor that is not supported. */
	ERR_SQUASHFS_UNSUPPORTED: "input",
} as const;

/** The codes of `SquashfsError`. */
export type SquashfsErrorCode = keyof typeof KINDS;

/** What is wrong with an option, a tree or an image. */
export const SquashfsError: RoomErrors<SquashfsErrorCode> = roomErrors("SquashfsError", KINDS);
export type SquashfsError = PvpkgError<SquashfsErrorCode>;
