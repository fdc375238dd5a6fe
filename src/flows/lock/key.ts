import { isAbsolute, relative, resolve } from "node:path";
import { type ImageInput, type Input, isUrl } from "../../container/index.js";
import { placeBelow } from "../../ground/files/index.js";
import { LockError, lockKey } from "../../image/lock/index.js";

/**
 * Returns the key of an image in a lock: its name with its tag, or for an image that lies in the project its text.
 * @param subject for messages: src.json, or the text itself.
 * @throws LockError ERR_LOCK_PLACE for an image of a container daemon, and for one on standard input.
 */
export function imageKey(input: ImageInput, subject: string): string {
	const key = findImageKey(input);
	if (key !== undefined) return key;
	const reason = "an image of a container daemon is not the same on every machine";
	throw new LockError(
		"ERR_LOCK_PLACE",
		`${subject}: lock ${input.text}: ${reason}, expected an archive of it (docker save) or a registry`,
	);
}

/** The same, undefined for an image that no lock can name. */
export function findImageKey({ recorded, places, text }: ImageInput): string | undefined {
	const registry = places.find((place) => place.kind === "registry");
	if (places.every((place) => "path" in place && place.path !== "-")) return text;
	// A digest by itself is one that no registry has: it was found in a daemon.
	const isOfDaemon = recorded?.digest !== undefined && !recorded.digest.includes("@");
	if (registry === undefined || isOfDaemon) return undefined;
	const { familiarName, tag } = recorded?.name ?? registry.reference;
	return lockKey(familiarName, tag);
}

/** Returns the paths of this machine that an input is read from. */
function pathsOf(input: Input): string[] {
	const places = input.kind === "rootfs" ? [input.location] : input.places;
	return places.flatMap((place) => ("path" in place && !isUrl(place.path) ? [place.path] : []));
}

/**
 * Refuses what lies outside of the project, where another machine would not have it.
 * @throws LockError ERR_LOCK_PLACE
 */
export function checkInside(directory: string, input: Input): void {
	for (const path of pathsOf(input)) {
		const outer = path.split(/(?<=\.zip)\/\//i, 1)[0]!;
		if (isInside(directory, outer)) continue;
		const reason = "lies outside of the project, so that another machine would not have it";
		throw new LockError("ERR_LOCK_PLACE", `${input.text}: lock: ${reason} (--allow-outside accepts it)`);
	}
}

/** Whether a path leads into a directory, and not through a link out of it again. */
function isInside(directory: string, path: string): boolean {
	const below = relative(resolve(directory), resolve(path));
	if (isAbsolute(path) || below.startsWith("..")) return false;
	try {
		placeBelow(directory, below);
		return true;
	} catch {
		return false;
	}
}
