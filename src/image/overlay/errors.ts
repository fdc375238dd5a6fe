import { type PvpkgError, type RoomErrors, roomErrors } from "../../ground/bytes/index.js";

const KINDS = {
	/** The tree has a node that overlayfs would interpret as a whiteout or an opaque mark. */
	ERR_OVERLAY_MARKER: "input",
} as const;

export type OverlayErrorCode = keyof typeof KINDS;

export const OverlayError: RoomErrors<OverlayErrorCode> = roomErrors("OverlayError", KINDS);
export type OverlayError = PvpkgError<OverlayErrorCode>;
