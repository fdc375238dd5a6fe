import {
	type Digest,
	type Platform,
	parsePlatform,
	parseReference,
	platformKey,
	type Reference,
} from "../oci/index.js";
import { LockError } from "./errors.js";
import type { LockedImage, LockedPlatform } from "./lock.js";

/** Returns the key of an image: the repository as the user typed it, and its tag. */
export function lockKey(familiarName: string, tag: string | undefined): string {
	return `${familiarName}:${tag ?? "latest"}`;
}

/**
 * Returns whether a key names an image in the project by its path, such as `oci:images/app:v1`. Bots do not know
 * such images, and `image` of the entry is the key itself.
 */
export function isLocalKey(key: string): boolean {
	return /^(?:oci|oci-archive|docker-archive|dir):(?!\/\/)/.test(key);
}

/** The present name of a locked image. A bot may have changed tag and digest of `image`. */
export interface LockedName {
	readonly reference: Reference;
	readonly digest: Digest;
	/** Whether `image` names another digest than the one that `platforms` was chosen from. */
	readonly bumped: boolean;
}

/**
 * Reads `image` of an entry.
 * @param path of the lock, for messages.
 * @throws LockError ERR_LOCK_STALE if `image` is in another registry or repository than the key, or has no digest;
 *   OciError for a malformed reference.
 */
export function lockedName(key: string, { image, resolved }: LockedImage, path: string): LockedName {
	const [reference, wanted] = [parseReference(image), parseReference(key)];
	const subject = `${path}: ${key}: image`;
	if (reference.registry !== wanted.registry || reference.repository !== wanted.repository) {
		const reason = `expected the repository of its key, got ${image} (only tag and digest may change)`;
		throw new LockError("ERR_LOCK_STALE", `${subject}: check: ${reason}`);
	}
	const { digest } = reference;
	if (digest === undefined) {
		throw new LockError("ERR_LOCK_STALE", `${subject}: check: expected NAME:TAG@DIGEST, got ${image}`);
	}
	return { reference, digest, bumped: digest !== resolved };
}

/** Platforms of an entry by the key that all spellings of a platform share. */
const byKey = new WeakMap<LockedImage["platforms"], ReadonlyMap<string, LockedPlatform>>();

/** Returns what a lock records of an image for a platform, in any spelling of it. */
export function lockedPlatform({ platforms }: LockedImage, platform: Platform): LockedPlatform | undefined {
	let known = byKey.get(platforms);
	if (known === undefined) {
		known = new Map([...platforms].map(([name, entry]) => [platformKey(parsePlatform(name)), entry]));
		byKey.set(platforms, known);
	}
	return known.get(platformKey(platform));
}
