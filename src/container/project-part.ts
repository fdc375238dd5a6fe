import { join } from "node:path";
import { isDirectory, readFileIfPresent } from "../ground/files/index.js";
import { parsePlatform } from "../image/oci/index.js";
import { createPart, type Part, type PartInput, type StateObject } from "../pantavisor/package/index.js";
import { type ArchLabel, labelPlatform } from "../pantavisor/project/index.js";
import { type Compat, parseSourceManifest, type SourceManifest } from "../pantavisor/source/index.js";
import type { RootFile } from "./app-bench.js";
import { BuildError } from "./errors.js";
import { type ChosenImage, chooseRecordedImage } from "./image-choice.js";
import { makeOverlayImage } from "./overlay-image.js";
import { makeRootImage } from "./root-image.js";
import { makeRootfsImage, parseRootfsPlace } from "./rootfs-origin.js";
import { readStateFiles } from "./state-files.js";
import type { Workshop } from "./workshop.js";

/** A container of a project. */
export interface PartPlace {
	readonly label: ArchLabel;
	/** `pvpkg/ARCH` */
	readonly directory: string;
	readonly name: string;
	/** Of its `src.json`. */
	readonly path: string;
	readonly text: Uint8Array;
}

/** What decides the files of a container besides its `src.json`. */
interface PartSettings {
	readonly compat?: Compat | undefined;
	readonly group?: string | undefined;
}

/** Makes the container that a `src.json` of a project describes. */
export async function makeProjectPart(
	workshop: Workshop,
	{ compat, group }: PartSettings,
	place: PartPlace,
): Promise<Part> {
	const { directory, name, path, text } = place;
	const given = parseSourceManifest(text, path);
	const made =
		given.rootfsUrl === undefined
			? await makeOfImage(workshop, place, given)
			: await makeOfRootfs(workshop, place, given, given.rootfsUrl);
	return createPart({
		name,
		...made,
		group,
		compat,
		files: readStateFiles(join(directory, name), ["src.json"]),
		overlay: readOptionalFiles(join(directory, "_config", name)),
	});
}

type MadePart = Pick<PartInput, "source" | "images">;

async function makeOfImage(workshop: Workshop, place: PartPlace, given: SourceManifest): Promise<MadePart> {
	const chosen = await openRecorded(workshop, place, given);
	const source = { ...given, dockerConfig: given.dockerConfig ?? chosen.image.config.config };
	return { source, images: await makeImages(workshop, place, source, chosen) };
}

/**
 * `rootfs_digest` is of the image that is made, not of what it is made of, so that another program
 * or other options give another one; it is renewed, and told.
 */
async function makeOfRootfs(
	workshop: Workshop,
	{ label, path }: PartPlace,
	given: SourceManifest,
	url: string,
): Promise<MadePart> {
	const location = parseRootfsPlace(url);
	const { source, image } = await makeRootfsImage(workshop, location, given, labelPlatform(label));
	const { rootfsDigest } = given;
	if (rootfsDigest !== undefined && rootfsDigest !== source.rootfsDigest) {
		workshop.settings.onNote?.(`${path}: rootfs_digest: ${rootfsDigest} is now ${source.rootfsDigest}`);
	}
	return { source, images: new Map([["root.squashfs", image]]) };
}

async function makeImages(
	workshop: Workshop,
	place: PartPlace,
	source: SourceManifest,
	chosen: ChosenImage,
): Promise<Map<RootFile, StateObject>> {
	if (source.dockerOvlDigest === undefined) {
		return new Map([["root.squashfs", await makeRootImage(workshop, chosen.source, chosen.image, source)]]);
	}
	const below = await makeBase(workshop, place, source);
	const overlay = await makeOverlayImage(workshop, chosen.source, chosen.image, source, below);
	const images = new Map<RootFile, StateObject>([["root.ovl.squashfs", overlay]]);
	return source.base === undefined ? images.set("root.squashfs", below) : images;
}

/** The root file system below an overlay: of the base container, or the one that was patched. */
async function makeBase(workshop: Workshop, place: PartPlace, source: SourceManifest): Promise<StateObject> {
	const { dockerOvlDigest: _, ...own } = source;
	const [below, at] = source.base === undefined ? [own, place] : readBase(place, source);
	const chosen = await openRecorded(workshop, at, below);
	return makeRootImage(workshop, chosen.source, chosen.image, below);
}

function readBase(
	{ label, directory, path: subject }: PartPlace,
	{ base, dockerDigest }: SourceManifest,
): [SourceManifest, PartPlace] {
	const path = join(directory, base!, "src.json");
	const text = readFileIfPresent(path);
	const source = text && parseSourceManifest(text, path);
	if (text === undefined || source === undefined || source.dockerDigest !== dockerDigest || source.base) {
		const reason = `expected a container with docker_digest ${dockerDigest} and without a base of its own`;
		throw new BuildError("ERR_BUILD_SOURCE", `${subject}: base ${base}: ${reason}`);
	}
	return [source, { label, directory, name: base!, path, text }];
}

function openRecorded(
	workshop: Workshop,
	{ label, path }: PartPlace,
	source: SourceManifest,
): Promise<ChosenImage> {
	const { dockerPlatform } = source;
	const platform = dockerPlatform === undefined ? labelPlatform(label) : parsePlatform(dockerPlatform);
	return chooseRecordedImage(workshop, source, [platform], path);
}

function readOptionalFiles(directory: string): ReturnType<typeof readStateFiles> {
	return isDirectory(directory) ? readStateFiles(directory) : new Map();
}
