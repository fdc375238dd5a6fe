import { type PvpkgError, type RoomErrors, roomErrors } from "../../ground/bytes/index.js";

const KINDS = {
	/** A layer is packed in a way that is not supported (xz, bzip2). */
	ERR_LAYER_COMPRESSION: "input",
	/** A layer's packed stream is damaged, cut short, or has something after its end. */
	ERR_LAYER_DATA: "input",
	/** The uncompressed bytes of a layer do not have the diffID in the image's configuration. */
	ERR_LAYER_DIFF_ID: "input",
	/** A layer expands to more than is allowed. */
	ERR_LAYER_SIZE: "input",
	/** A layer's tar archive is refused; the cause says why. */
	ERR_LAYER_TAR: "input",
	/** What should be a root file system is an image archive or a package. */
	ERR_ROOTFS_KIND: "input",
	/** The root file system of an image does not have its user or group. */
	ERR_ROOTFS_USER: "input",
	/** An entry cannot be applied: its path leaves the root, its link has no target. */
	ERR_LAYER_ENTRY: "input",
} as const;

/** The codes of `RootfsError`. */
export type RootfsErrorCode = keyof typeof KINDS;

/** A layer that is refused. The message names the layer's digest, and the entry if there is one. */
export const RootfsError: RoomErrors<RootfsErrorCode> = roomErrors("RootfsError", KINDS);
export type RootfsError = PvpkgError<RootfsErrorCode>;
