import { type PvpkgError, type RoomErrors, roomErrors } from "../../ground/bytes/index.js";

const KINDS = {
	/** A state is not an object, a part cannot be merged into it, or no device could deploy it. */
	ERR_STATE: "input",
	/** A member of `src.json` has the wrong type. */
	ERR_SOURCE_MANIFEST: "input",
	/** A member of the image's configuration has the wrong type. */
	ERR_IMAGE_SETTINGS: "input",
	/** A template argument has the wrong type, or contradicts another. */
	ERR_ARGUMENT: "input",
	/** A part or container name that the device cannot take. */
	ERR_PART_NAME: "input",
	/** A volume that cannot be mounted, or two that would share one directory. */
	ERR_VOLUME: "input",
	/** A value that `lxc.container.conf` cannot express. */
	ERR_LXC_VALUE: "input",
} as const;

/** The codes of `PantavisorError`. */
export type PantavisorErrorCode = keyof typeof KINDS;

/** What is wrong with a state or a source manifest. */
export const PantavisorError: RoomErrors<PantavisorErrorCode> = roomErrors("PantavisorError", KINDS);
export type PantavisorError = PvpkgError<PantavisorErrorCode>;
