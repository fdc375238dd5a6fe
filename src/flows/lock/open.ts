import type { LockSettings } from "../../container/index.js";
import { sha256Hex } from "../../ground/bytes/index.js";
import { readFileIfPresent } from "../../ground/files/index.js";
import { EMPTY_LOCK, type Lock, LockError, parseLock } from "../../image/lock/index.js";

/** Most members of a lock that are named because nobody knows them. */
const NAMED_MEMBERS = 5;

/** A lock that was read once: what it says and its digest cannot disagree, even if somebody edits it meanwhile. */
export interface OpenedLock {
	readonly lock: Lock;
	/** SHA-256 of the file, lower-case hex; undefined where there is none. */
	readonly digest: string | undefined;
}

/**
 * Reads the lock of a run.
 * @throws LockError ERR_LOCK_MISSING for a run that demands a lock where there is none; whatever reading it throws.
 */
export function openLock(settings: LockSettings, warn: (message: string) => void = () => {}): OpenedLock {
	const { path, strict, required } = settings;
	const bytes = readFileIfPresent(path);
	if (bytes !== undefined) {
		const lock = parseLock(bytes, path);
		checkVersion(lock, settings, warn);
		warnOfUnknown(lock, warn);
		return { lock, digest: sha256Hex(bytes) };
	}
	if (!strict && !required) return { lock: EMPTY_LOCK, digest: undefined };
	throw new LockError("ERR_LOCK_MISSING", `${path}: read: not there ("pvpkg lock" makes it)`);
}

/** Reads a lock that has to be there, for what it says alone. @throws whatever `openLock` throws */
export function readLock(path: string, warn?: (message: string) => void): Lock {
	return openLock({ path, strict: true }, warn).lock;
}

function warnOfUnknown({ unknownPaths = [] }: Lock, warn: (message: string) => void): void {
	for (const path of unknownPaths.slice(0, NAMED_MEMBERS)) {
		warn(`${path}: read: this version of pvpkg does not know this member, and leaves it alone`);
	}
	const rest = unknownPaths.length - NAMED_MEMBERS;
	if (rest > 0)
		warn(`${unknownPaths[0]!.split(": ", 1)[0]}: read: ${rest} more members are not known either`);
}

/** Another version may make other bytes: it is warned of, and refused where nothing may change. */
function checkVersion(
	{ pvpkg }: Lock,
	{ path, version, frozen, allowVersion }: LockSettings,
	warn: (message: string) => void,
): void {
	if (pvpkg === undefined || version === undefined || pvpkg === version) return;
	const message = `${path}: was made by pvpkg ${pvpkg}, this is ${version}`;
	if (frozen && !allowVersion)
		throw new LockError("ERR_LOCK_STALE", `${message} (--allow-version accepts it)`);
	warn(message);
}
