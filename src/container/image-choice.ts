import { OciError, type Platform } from "../image/oci/index.js";
import { isRootfsLocation, parseImageLocation } from "../image/sources/index.js";
import type { SourceManifest } from "../pantavisor/source/index.js";
import { BuildError } from "./errors.js";
import { type OpenedImage, openPlatforms } from "./platforms.js";
import { imageOfSource } from "./source.js";
import type { Workshop } from "./workshop.js";

/** Where and for which platform an image is looked for. */
export interface ImageWish {
	/** IMAGE, as on the command line. */
	readonly image: string;
	/** pvr's words, in order: `remote`, `local`. For names without a prefix. */
	readonly source: string;
	/** In the order of preference; none: the only one that the image has. */
	readonly platforms: readonly Platform[];
}

/** An image of one platform, opened. */
export interface ChosenImage extends OpenedImage {
	readonly image: OpenedImage["images"][number];
}

/**
 * Opens the first source that has the image, for the first of the platforms that it has
 * (spec/pvr-behaviour.md 4.2, 4.3, quirk 2).
 * @throws what the last source throws; BuildError ERR_BUILD_PLATFORM when several platforms are left.
 */
export async function chooseImage(workshop: Workshop, wish: ImageWish): Promise<ChosenImage> {
	const places = imagePlaces(wish);
	for (const [at, place] of places.entries()) {
		try {
			return await choosePlatform(workshop, place, wish.platforms);
		} catch (error) {
			const last = at === places.length - 1;
			if (last || workshop.settings.signal?.aborted || error instanceof BuildError) throw error;
			workshop.settings.onNote?.(`${(error as Error).message}; trying ${places[at + 1]}`);
		}
	}
	throw new BuildError("ERR_BUILD_REQUEST", `${wish.image}: find image: expected a source, got none`);
}

function imagePlaces({ image, source }: ImageWish): string[] {
	const location = parseImageLocation(image);
	if (isRootfsLocation(location) || location.kind !== "registry") return [image];
	const words = source.split(",").map((word) => word.trim());
	const unknown = words.find((word) => word !== "remote" && word !== "local");
	if (unknown !== undefined) {
		const reason = `expected remote, local or both, got ${JSON.stringify(unknown)}`;
		throw new BuildError("ERR_BUILD_REQUEST", `source ${source}: read: ${reason}`);
	}
	return words.map((word) => (word === "local" ? `docker-daemon:${image}` : image));
}

async function choosePlatform(
	workshop: Workshop,
	place: string,
	platforms: readonly Platform[],
): Promise<ChosenImage> {
	for (const [at, platform] of platforms.entries()) {
		try {
			const opened = await openPlatforms(workshop, place, [platform]);
			return { ...opened, image: opened.images[0]! };
		} catch (error) {
			const missing = error instanceof OciError && error.code === "ERR_PLATFORM_MISSING";
			if (!missing || at === platforms.length - 1) throw error;
		}
	}
	const opened = await openPlatforms(workshop, place, undefined);
	const [image, ...others] = opened.images;
	if (image !== undefined && others.length === 0) return { ...opened, image };
	const reason = `expected one platform, got ${opened.images.length} (--platform chooses)`;
	throw new BuildError("ERR_BUILD_PLATFORM", `${place}: choose image: ${reason}`);
}

/**
 * Opens the image that a `src.json` records, and no other.
 * @param subject the file, for messages.
 * @throws BuildError ERR_BUILD_SOURCE when it names none, or another image came.
 */
export async function chooseRecordedImage(
	workshop: Workshop,
	source: SourceManifest,
	platforms: readonly Platform[],
	subject: string,
): Promise<ChosenImage> {
	const digest = source.dockerOvlDigest ?? source.dockerDigest;
	const reference = imageOfSource(source);
	if (reference === undefined) {
		throw new BuildError("ERR_BUILD_SOURCE", `${subject}: find image: expected docker_name or docker_digest`);
	}
	const wish = { image: reference, source: source.dockerSource ?? "remote,local", platforms };
	const chosen = await chooseImage(workshop, wish);
	if (digest === undefined || digest.endsWith(chosen.image.digest)) return chosen;
	const reason = `expected ${digest}, got ${chosen.image.digest}`;
	throw new BuildError(
		"ERR_BUILD_SOURCE",
		`${subject}: docker_digest: ${reference} is another image, ${reason}`,
	);
}
