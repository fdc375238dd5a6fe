import { isDirectory } from "../ground/files/index.js";
import { type Platform, parsePlatform, parseReference } from "../image/oci/index.js";
import {
	type ImageLocation,
	isRootfsLocation,
	parseImageLocation,
	type RootfsLocation,
	SourceError,
} from "../image/sources/index.js";
import type { SourceManifest } from "../pantavisor/source/index.js";
import { isUrl } from "./address.js";
import { BuildError } from "./errors.js";

/** What IMAGE text means: an image, or a root file system that is used unchanged. */
export type Input = ImageInput | RootfsInput;

export interface ImageInput {
	readonly kind: "image";
	/** IMAGE as it was typed, or as src.json records it. */
	readonly text: string;
	/** Where the image is looked for, in order. */
	readonly places: readonly ImageLocation[];
	readonly recorded?: RecordedImage | undefined;
	/** Its name in src.json, wherever its bytes are. */
	readonly as?: ImageName | undefined;
}

export interface RootfsInput {
	readonly kind: "rootfs";
	readonly text: string;
	readonly location: RootfsLocation;
	/** Whether it comes from a src.json. */
	readonly isRecorded?: boolean | undefined;
}

/** What src.json says about the image that it was made from. */
export interface RecordedImage {
	/** The file, for messages. */
	readonly subject: string;
	/** Repository and tag as src.json has them; absent where it has a digest alone. */
	readonly name: { readonly familiarName: string; readonly tag: string | undefined } | undefined;
	/** `name@sha256:…` or `sha256:…`; absent where only a name is recorded. */
	readonly digest: string | undefined;
	readonly platform: Platform | undefined;
}

/** The name of an image in src.json. */
export interface ImageName {
	/** Repository as it was typed, without tag and digest. */
	readonly familiarName: string;
	readonly tag: string | undefined;
	/** Whether the name is not one of a registry, so that src.json records the digest alone. */
	readonly local: boolean;
}

/** A word of `--source`. */
export type SourceWord = "remote" | "local";

/**
 * Parses IMAGE. A name without a prefix is looked for in the places of `source`, in their order; a prefix
 * names the place.
 * @throws SourceError ERR_LOCATION; OciError ERR_REFERENCE
 */
export function parseInput(text: string, source: readonly SourceWord[] = ["remote"]): Input {
	const location = parseImageLocation(text);
	if (isRootfsLocation(location)) return { kind: "rootfs", text, location };
	return { kind: "image", text, places: placesOf(location, text, source) };
}

/**
 * Parses as `parseInput` does, and accepts images only. @throws SourceError ERR_LOCATION for a root file
 * system.
 */
export function parseImageInput(text: string, source?: readonly SourceWord[]): ImageInput {
	const input = parseInput(text, source);
	if (input.kind === "image") return input;
	throw new SourceError("ERR_LOCATION", `${text}: open: is a root file system, expected an image`);
}

/**
 * Returns the input of an image with another name for src.json, as a registry would have it.
 * @param name `NAME[:TAG]`; without one the input stays as it is.
 * @throws OciError ERR_REFERENCE; BuildError ERR_BUILD_REQUEST for a name with a digest, and for a root file
 *   system.
 */
export function nameInput(input: Input, name: string | undefined): Input {
	if (name === undefined) return input;
	const refuse = (reason: string) => new BuildError("ERR_BUILD_REQUEST", `as ${name}: name image: ${reason}`);
	if (input.kind === "rootfs") throw refuse(`${input.text} is a root file system, expected an image`);
	const { familiarName, tag, digest } = parseReference(name);
	if (digest !== undefined) throw refuse("the image has its own digest, expected NAME[:TAG]");
	return { ...input, as: { familiarName, tag, local: false } };
}

/**
 * Parses pvr's `--from` of a root file system: a directory, an archive or an address, with or without a
 * prefix.
 */
export function parseRootfsInput(text: string): RootfsInput {
	if (isUrl(text)) return { kind: "rootfs", text, location: { kind: "tar", path: text } };
	const named = /^(dir|tar):/.test(text) ? text : `${isDirectory(text) ? "dir" : "tar"}:${text}`;
	const input = parseInput(named);
	if (input.kind === "rootfs") return input;
	throw new TypeError(`${named}: expected a root file system`);
}

/** Parses pvr's `--source`: `remote,local`. @throws BuildError ERR_BUILD_REQUEST */
export function parseSourceWords(text: string): SourceWord[] {
	return text.split(",").map((item) => {
		const word = item.trim();
		if (word === "remote" || word === "local") return word;
		const reason = `expected remote, local or both, got ${JSON.stringify(word)}`;
		throw new BuildError("ERR_BUILD_REQUEST", `source ${text}: read: ${reason}`);
	});
}

/**
 * Returns the root file system or the image that a src.json records; for a container with an overlay, the
 * image of the overlay. Undefined if it records neither.
 * @param subject the file, for messages.
 */
export function recordedInput(manifest: SourceManifest, subject: string): Input | undefined {
	if (manifest.rootfsUrl !== undefined) return { ...parseRootfsInput(manifest.rootfsUrl), isRecorded: true };
	const text = recordedImage(manifest);
	if (text === undefined) return undefined;
	const { dockerSource, dockerPlatform, dockerOvlDigest, dockerDigest, dockerName, dockerTag } = manifest;
	const input = parseImageInput(text, parseSourceWords(dockerSource ?? "remote,local"));
	const platform = dockerPlatform === undefined ? undefined : parsePlatform(dockerPlatform);
	const name = dockerName === undefined ? undefined : { familiarName: dockerName, tag: dockerTag };
	return { ...input, recorded: { subject, name, digest: dockerOvlDigest ?? dockerDigest, platform } };
}

/** Returns the IMAGE of a src.json, with its digest if a registry has it. */
function recordedImage(manifest: SourceManifest): string | undefined {
	const { dockerName, dockerTag, dockerOvlDigest, dockerDigest } = manifest;
	const digest = dockerOvlDigest ?? dockerDigest;
	if (digest?.includes("@")) return digest;
	if (dockerName === undefined) return undefined;
	return dockerTag === undefined ? dockerName : `${dockerName}:${dockerTag}`;
}

function placesOf(location: ImageLocation, text: string, source: readonly SourceWord[]): ImageLocation[] {
	if (location.kind !== "registry") return [location];
	const { familiarName, tag, digest } = location.reference;
	const name = digest === undefined ? `${familiarName}:${tag}` : text;
	return source.map((word) => (word === "remote" ? location : { kind: "docker-daemon", name }));
}

/** Returns the name in src.json for an image that was found in a place of its input. */
export function nameOf({ text }: ImageInput, place: ImageLocation): ImageName {
	if (place.kind === "registry") {
		const { familiarName, tag } = place.reference;
		return { familiarName, tag, local: false };
	}
	if (place.kind === "docker-daemon" && !text.startsWith("docker-daemon:")) {
		// Found by --source local: the name is one that a registry may have, too.
		const { familiarName, tag } = parseReference(text);
		return { familiarName, tag, local: true };
	}
	// Name and tag put together are the IMAGE again, so that `build` finds it.
	const colon = text.lastIndexOf(":");
	const tagged = "tag" in place && place.tag !== undefined;
	const [familiarName, tag] = tagged ? [text.slice(0, colon), text.slice(colon + 1)] : [text, undefined];
	return { familiarName, tag, local: true };
}
