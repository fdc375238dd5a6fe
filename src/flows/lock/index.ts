export { checkLock } from "./check.js";
export {
	LOCK_FILE,
	type LockChange,
	type LockReport,
	type LockRequest,
	lockImages,
	lockPlace,
} from "./lock.js";
export { readLock } from "./open.js";
export { listContainers, type ProjectSource } from "./project-sources.js";
export { LockResolver } from "./resolver.js";
