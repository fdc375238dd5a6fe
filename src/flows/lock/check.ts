import { openImages, type RootfsInput, Run, type RunSettings } from "../../container/index.js";
import { readFileIfPresent } from "../../ground/files/index.js";
import {
	isLocalKey,
	type Lock,
	LockError,
	type LockedImage,
	lockedName,
	lockedPlatform,
	parseLock,
} from "../../image/lock/index.js";
import { formatPlatform, type Platform, platformKey } from "../../image/oci/index.js";
import { lockPlace } from "./lock.js";
import { type ImageNeed, listNeeds, withLocked } from "./needs.js";
import { identify, lockedContent } from "./rootfs.js";
import { digestMember } from "./sources.js";

/**
 * Compares the lock of a project with its src.json files, and with the images and root file systems that lie in the
 * project. The network is not used.
 * @returns what differs, one sentence each.
 */
export async function checkLock(directory: string, settings: RunSettings): Promise<string[]> {
	const path = lockPlace(directory);
	const bytes = readFileIfPresent(path);
	if (bytes === undefined) {
		throw new LockError("ERR_LOCK_MISSING", `${path}: read: not there ("pvpkg lock" makes it)`);
	}
	const lock = parseLock(bytes, path);
	const needs = withLocked(listNeeds({ directory, allowOutside: true }), lock, () => true);
	return Run.use({ ...settings, offline: true, lock: undefined }, {}, async (run) => {
		const differences: string[] = [];
		for (const need of needs.images) differences.push(...(await imageDifferences(run, need, lock, path)));
		for (const [key, input] of needs.rootfs)
			differences.push(...(await rootfsDifferences(run, key, input, lock)));
		return differences;
	});
}

async function imageDifferences(run: Run, need: ImageNeed, lock: Lock, path: string): Promise<string[]> {
	const { key } = need;
	const entry = lock.images.get(key);
	if (entry === undefined) return [`${key}: not in the lock`];
	if (!isLocalKey(key) && lockedName(key, entry, path).bumped) {
		return [`${key}: image is ${entry.image}, its platforms are of ${entry.resolved}`];
	}
	const found: string[] = [];
	for (const platform of need.platforms.values()) {
		const stale = staleness(need, entry, platform);
		found.push(
			...(stale.length > 0 || !isLocalKey(key) ? stale : await changedImage(run, need, entry, platform)),
		);
	}
	return found;
}

function staleness({ key, sources }: ImageNeed, entry: LockedImage, platform: Platform): string[] {
	const locked = lockedPlatform(entry, platform);
	if (locked === undefined) return [`${key}: ${formatPlatform(platform)} is not in the lock`];
	const digest = locked.manifest.digest;
	return sources.flatMap((source) => {
		const member = digestMember(source.manifest);
		const recorded = source.manifest[member];
		const isOther = platformKey(source.platform) !== platformKey(platform);
		if (isOther || recorded === undefined || recorded.endsWith(digest)) return [];
		const name = member === "dockerDigest" ? "docker_digest" : "docker_ovl_digest";
		return [`${source.path}: ${name} is ${recorded}, the lock has ${digest}`];
	});
}

/** An image that lies in the project can be compared without the network. */
async function changedImage(
	run: Run,
	{ key, input }: ImageNeed,
	entry: LockedImage,
	platform: Platform,
): Promise<string[]> {
	const opened = await openImages(
		run,
		{ ...input, recorded: undefined },
		{ platforms: [platform], take: "each" },
	);
	const [got, expected] = [opened[0]!.image.digest, lockedPlatform(entry, platform)!.manifest.digest];
	return got === expected ? [] : [`${key}: ${formatPlatform(platform)} is ${got}, the lock has ${expected}`];
}

async function rootfsDifferences(run: Run, key: string, input: RootfsInput, lock: Lock): Promise<string[]> {
	const locked = lockedContent(lock, input, key);
	if (locked === undefined) return [`${key}: not in the lock`];
	// The content of an address is checked when it is fetched.
	if (/^https?:/i.test(key)) return [];
	const { sha256 } = await identify(run, input, locked);
	return sha256 === locked.sha256 ? [] : [`${key}: its content is ${sha256}, the lock has ${locked.sha256}`];
}
