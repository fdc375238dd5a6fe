import { type PvpkgError, type RoomErrors, roomErrors } from "../../ground/bytes/index.js";

const KINDS = {
	/** The device has a transaction open that somebody else began. */
	ERR_DEVICE_BUSY: "access",
	/** The device refuses a request: a package, a signature, a state. */
	ERR_DEVICE_REFUSED: "verification",
	/** The transaction on the device was changed by somebody else. */
	ERR_DEVICE_CONFLICT: "access",
	/** The state that the packages lead to did not pass the checks. */
	ERR_DEVICE_PLAN: "verification",
	/** An answer makes no sense. */
	ERR_DEVICE_ANSWER: "input",
	/** The device tried the revision, and went back. */
	ERR_DEVICE_ROLLBACK: "verification",
	/** The connection was lost, or the device did not answer in time; the message says how far the work was. */
	ERR_DEVICE_LOST: "transport",
} as const;

export type DeviceErrorCode = keyof typeof KINDS;

export const DeviceError: RoomErrors<DeviceErrorCode> = roomErrors("DeviceError", KINDS);
export type DeviceError = PvpkgError<DeviceErrorCode>;
