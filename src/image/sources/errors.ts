import { type PvpkgError, type RoomErrors, roomErrors } from "../../ground/bytes/index.js";

const KINDS = {
	/** A string is not a valid location of an image. */
	ERR_LOCATION: "input",
	/** A layout or archive is malformed. */
	ERR_SOURCE_FORMAT: "input",
	/** A layout or archive holds several images, and none or several were named. */
	ERR_IMAGE_AMBIGUOUS: "input",
	/** A layout, archive or daemon has no image of that name. */
	ERR_IMAGE_NOT_FOUND: "access",
	/** A layout or archive lacks a blob that its image needs. */
	ERR_BLOB_MISSING: "input",
	/** The network is forbidden, and what is needed is not in the content store. */
	ERR_OFFLINE: "access",
	/** An unpacked archive is larger than the limit, or than the free disk space. */
	ERR_ARCHIVE_LIMIT: "input",
	/** The disk has less free space than a pull certainly needs. */
	ERR_DISK_SPACE: "transport",
	/** The container daemon cannot be reached or refuses. */
	ERR_DAEMON: "access",
	/** A root file system has something that a squashfs cannot hold. */
	ERR_ROOTFS_ENTRY: "input",
} as const;

export type SourceErrorCode = keyof typeof KINDS;

export const SourceError: RoomErrors<SourceErrorCode> = roomErrors("SourceError", KINDS);
export type SourceError = PvpkgError<SourceErrorCode>;
