import { compareCodePoints, type JsonObject } from "../../ground/json/index.js";
import { PantavisorError } from "../state/index.js";
import type { RenderRules } from "./compat.js";
import type { ImageSettings } from "./image-settings.js";
import type { SourceManifest } from "./source-manifest.js";

/** Name of the writable layer over the root file system, which always exists. */
export const ROOT_OVERLAY = "lxc-overlay";

/** How long the content of a volume lives: as long as the device, as long as a revision, or until the next start. */
export const VOLUME_CLASSES: readonly string[] = ["permanent", "revision", "boot"];

/** A directory of the container whose content outlives it, or lasts until its next start. */
export interface Volume {
	/** Path as in `persistence`, without the slash at its end: `/var/lib`, `ovl:/etc`. */
	readonly key: string;
	readonly overlay: boolean;
	/** Path of the mount, without the slash at its start. */
	readonly target: string;
	/** Directory and storage name: `docker--var-lib`, `dockerovl--etc`. */
	readonly name: string;
	/** Class, optionally with `@disk`. */
	readonly persistence: string;
	/** What asked for the volume. */
	readonly origin: "Volumes" | "persistence";
}

/**
 * Returns the volumes of the image and of `persistence`, which takes precedence, in byte order of their keys.
 *
 * @throws PantavisorError ERR_VOLUME for one that cannot be mounted, and for two with one name.
 */
export function listVolumes(source: SourceManifest, settings: ImageSettings, rules: RenderRules): Volume[] {
	const volumes = new Map<string, Volume>();
	const add = (key: string, persistence: string, origin: Volume["origin"]): void => {
		const trimmed = key.replace(/\/$/, "");
		if (trimmed !== ROOT_OVERLAY) volumes.set(trimmed, parseVolume(trimmed, persistence, origin, rules));
	};
	for (const key of settings.volumes) add(key, "permanent", "Volumes");
	for (const [key, persistence] of source.persistence ?? []) add(key, persistence, "persistence");
	const sorted = [...volumes.values()].sort((a, b) => compareCodePoints(a.key, b.key));
	refuseCollisions(sorted);
	return sorted;
}

function parseVolume(key: string, persistence: string, origin: Volume["origin"], rules: RenderRules): Volume {
	const colon = rules.schemes ? key.indexOf(":") : -1;
	const scheme = colon < 0 ? "" : key.slice(0, colon);
	const path = key.slice(colon + 1);
	if (scheme !== "" && scheme !== "ovl") {
		throw refusal(
			key,
			`unknown scheme, expected a path or "ovl:" with a path, got ${JSON.stringify(scheme)}`,
		);
	}
	const target = path.replace(/^\//, "");
	if (target === "") throw refusal(`${key}/`, "the root directory cannot be a volume");
	if (/[\s"'\\,\x00-\x1f\x7f]/.test(path)) {
		throw refusal(
			key,
			"a mount entry has no spelling for this path, expected no spaces, quotes, commas or backslashes",
		);
	}
	if (target.split("/").some((component) => component === ".." || component === ".")) {
		throw refusal(key, 'expected a path without "." and ".." components');
	}
	const name = `${scheme === "ovl" ? "dockerovl-" : "docker-"}${path.replaceAll("/", "-")}`;
	return { key, overlay: scheme === "ovl", target, name, persistence, origin };
}

function refuseCollisions(volumes: readonly Volume[]): void {
	const owners = new Map<string, Volume>();
	for (const volume of volumes) {
		const other = owners.get(volume.name);
		if (other) throw refusal(volume.key, `shares the directory ${volume.name} with the volume ${other.key}`);
		owners.set(volume.name, volume);
	}
}

/** Returns the name of a volume for a path in another container. */
export function volumeName(path: string): string {
	return `docker-${path.replace(/\/$/, "").replaceAll("/", "-")}`;
}

/** Returns `permanent@disk` in the form of `run.json`. */
export function storageEntry(persistence: string): JsonObject {
	const pieces = persistence.split("@");
	const entry: JsonObject = new Map([["persistence", pieces[0]!]]);
	if (pieces.length > 1) entry.set("disk", pieces.at(-1)!);
	return entry;
}

/**
 * Parses `PATH:CLASS[@DISK]` of the command line into an entry of `persistence`. The last colon separates, so that
 * `ovl:/var:permanent` means what it says.
 *
 * @throws PantavisorError ERR_VOLUME.
 */
export function parseVolumeOption(option: string): readonly [key: string, persistence: string] {
	const colon = option.lastIndexOf(":");
	const [key, persistence] = [option.slice(0, Math.max(colon, 0)), option.slice(colon + 1)];
	const [volumeClass = "", ...disks] = persistence.split("@");
	if (key === "" || !VOLUME_CLASSES.includes(volumeClass) || disks.length > 1 || disks[0] === "") {
		throw refusal(option, `expected PATH:CLASS[@DISK] with a CLASS of ${VOLUME_CLASSES.join(", ")}`);
	}
	return [key, persistence];
}

function refusal(key: string, reason: string): PantavisorError {
	return new PantavisorError("ERR_VOLUME", `volume ${key}: render: ${reason}`);
}
