export { LockError, type LockErrorCode } from "./errors.js";
export {
	EMPTY_LOCK,
	type Lock,
	type LockedBlob,
	type LockedDirectory,
	type LockedImage,
	type LockedLayer,
	type LockedObject,
	type LockedOutput,
	type LockedPlatform,
	type LockedSignature,
} from "./lock.js";
export { encodeLock, parseLock } from "./lock-file.js";
export { isLocalKey, type LockedName, lockedName, lockedPlatform, lockKey } from "./lock-name.js";
