import { formatPlatform, type Image, parsePlatform, parseReference } from "../image/oci/index.js";
import type { ImageLocation } from "../image/sources/index.js";
import { dockerSource, type SourceManifest, type SourceOptions } from "../pantavisor/source/index.js";
import { BuildError } from "./errors.js";
import { openPlatforms } from "./platforms.js";
import type { BuildSettings } from "./settings.js";
import { Workshop } from "./workshop.js";

/** `src.json` of a platform's image. */
export function sourceOfImage(
	location: ImageLocation,
	text: string,
	image: Image,
	options: SourceOptions,
): SourceManifest {
	const platform = formatPlatform(image.requested);
	const facts = { digest: image.digest, platform, config: image.config.config };
	if (location.kind === "registry") {
		const { familiarName, tag } = location.reference;
		return dockerSource({ ...facts, familiarName, tag }, options);
	}
	if (location.kind === "docker-daemon" && !text.startsWith("docker-daemon:")) {
		// Found by --source local: the name is one that a registry may have, too.
		const { familiarName, tag } = parseReference(text);
		return dockerSource({ ...facts, familiarName, tag, local: true }, options);
	}
	// Name and tag put together are the IMAGE again, so that `build` finds it.
	const colon = text.lastIndexOf(":");
	const tagged = "tag" in location && location.tag !== undefined;
	const [familiarName, tag] = tagged ? [text.slice(0, colon), text.slice(colon + 1)] : [text, undefined];
	return dockerSource({ ...facts, familiarName, tag, local: true }, options);
}

/**
 * The IMAGE that a `src.json` was made from: by digest where a registry has it. Of one with an
 * overlay it is the image that the overlay shows.
 */
export function imageOfSource(source: SourceManifest): string | undefined {
	const { dockerName, dockerTag, dockerOvlDigest, dockerDigest } = source;
	const digest = dockerOvlDigest ?? dockerDigest;
	if (digest?.includes("@")) return digest;
	if (dockerName === undefined) return undefined;
	return dockerTag === undefined ? dockerName : `${dockerName}:${dockerTag}`;
}

/**
 * A manifest that can be rendered: as it is when it has `docker_config`, else with the
 * configuration looked up.
 * @param subject the file, for messages.
 * @throws BuildError ERR_BUILD_SOURCE when it names no image.
 */
export async function completeSource(
	source: SourceManifest,
	settings: BuildSettings,
	subject: string,
): Promise<SourceManifest> {
	const image = imageOfSource(source);
	if (source.dockerConfig !== undefined || source.rootfsUrl !== undefined) return source;
	if (image === undefined) {
		throw new BuildError("ERR_BUILD_SOURCE", `${subject}: find image: expected docker_name or docker_config`);
	}
	settings.onNote?.(`${subject}: has no docker_config; that of ${image} is looked up`);
	const platforms = source.dockerPlatform === undefined ? undefined : [parsePlatform(source.dockerPlatform)];
	return Workshop.run(settings, async (workshop) => {
		const { images } = await openPlatforms(workshop, image, platforms);
		return { ...source, dockerConfig: images[0]?.config.config };
	});
}
