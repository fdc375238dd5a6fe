import {
	BuildError,
	type ImageInput,
	type Input,
	parseImageInput,
	parseInput,
	publicPlace,
	type RootfsInput,
} from "../../container/index.js";
import type { Lock } from "../../image/lock/index.js";
import { type Platform, parsePlatform, platformKey } from "../../image/oci/index.js";
import { checkInside, imageKey } from "./key.js";
import { type LockableImage, listLockable } from "./sources.js";

/** What a project needs of one image. */
export interface ImageNeed {
	readonly key: string;
	readonly input: ImageInput;
	readonly platforms: Map<string, Platform>;
	readonly sources: LockableImage[];
}

/** Everything that a lock has to say. */
export interface LockNeeds {
	readonly images: readonly ImageNeed[];
	/** By their keys: the path, or the address. */
	readonly rootfs: ReadonlyMap<string, RootfsInput>;
}

export interface NeedsRequest {
	/** Of the project. */
	readonly directory: string;
	/** IMAGEs to lock besides those of the project, images among them each for these platforms. */
	readonly images?: readonly string[] | undefined;
	readonly platforms?: readonly Platform[] | undefined;
	/** Takes what lies outside of the project. */
	readonly allowOutside?: boolean | undefined;
}

/**
 * Lists what the src.json files of a project name, and further images.
 * @throws LockError ERR_LOCK_PLACE for what no lock can name.
 */
export function listNeeds({ directory, images = [], platforms = [], allowOutside }: NeedsRequest): LockNeeds {
	const needs = new Map<string, ImageNeed>();
	const rootfs = new Map<string, RootfsInput>();
	const inside = (input: Input): void => (allowOutside ? undefined : checkInside(directory, input));
	const need = (key: string, input: ImageInput): ImageNeed => {
		const known = needs.get(key) ?? { key, input, platforms: new Map(), sources: [] };
		needs.set(key, known);
		return known;
	};
	for (const source of listLockable(directory)) {
		inside(source.input);
		if (source.kind === "rootfs") rootfs.set(rootfsKey(source.input), source.input);
		else {
			const { platforms: wanted, sources } = need(source.key, source.input);
			wanted.set(platformKey(source.platform), source.platform);
			sources.push(source);
		}
	}
	for (const text of images) {
		const input = parseInput(text);
		inside(input);
		if (input.kind === "rootfs") rootfs.set(rootfsKey(input), input);
		else {
			if (platforms.length === 0) throw platformError(text);
			const { platforms: wanted } = need(imageKey(input, text), input);
			for (const platform of platforms) wanted.set(platformKey(platform), platform);
		}
	}
	return { images: [...needs.values()], rootfs };
}

/**
 * Adds to what a project needs whatever a lock has besides, as far as it is wanted: images and root file systems that
 * were locked by name.
 */
export function withLocked(needs: LockNeeds, lock: Lock, isWanted: (key: string) => boolean): LockNeeds {
	const known = new Set(needs.images.map(({ key }) => key));
	const images = [...lock.images].flatMap(([key, entry]): ImageNeed[] => {
		if (known.has(key) || !isWanted(key)) return [];
		const platforms = [...entry.platforms.keys()].map(parsePlatform);
		const byKey = new Map(platforms.map((platform) => [platformKey(platform), platform]));
		return [{ key, input: parseImageInput(key), platforms: byKey, sources: [] }];
	});
	const rootfs = new Map(needs.rootfs);
	const add = (prefix: "tar" | "dir", key: string): void => {
		const input = parseInput(`${prefix}:${key}`);
		if (!rootfs.has(key) && isWanted(key) && input.kind === "rootfs") rootfs.set(key, input);
	};
	for (const key of lock.files.keys()) add("tar", key);
	for (const key of lock.directories.keys()) add("dir", key);
	return { images: [...needs.images, ...images], rootfs };
}

function platformError(image: string): BuildError {
	return new BuildError("ERR_BUILD_PLATFORM", `${image}: lock: expected the platforms to lock (--platform)`);
}

/** Returns the key of a root file system in a lock: its path, or its address without what may be secret. */
export function rootfsKey({ location }: RootfsInput): string {
	return publicPlace(location.path);
}
