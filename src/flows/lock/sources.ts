import {
	type ImageInput,
	type Input,
	openImages,
	parseImageInput,
	type RootfsInput,
	type Run,
	recordedInput,
} from "../../container/index.js";
import { listDirectory, placeBelow, readFileIfPresent } from "../../ground/files/index.js";
import { isLocalKey } from "../../image/lock/index.js";
import {
	type Digest,
	type Image,
	type Platform,
	parsePlatform,
	type Reference,
} from "../../image/oci/index.js";
import { ARCH_LABELS, type ArchLabel, labelPlatform } from "../../pantavisor/project/index.js";
import { encodeSourceManifest, type SourceManifest } from "../../pantavisor/source/index.js";
import { imageKey } from "./key.js";
import { listContainers, type ProjectSource } from "./project-sources.js";

/** A src.json whose image a lock pins. */
export interface LockableImage {
	readonly kind: "image";
	readonly path: string;
	readonly manifest: SourceManifest;
	/** Its bytes, as text. */
	readonly text: string;
	/** Of the image in the lock. */
	readonly key: string;
	readonly input: ImageInput;
	/** As it was requested. */
	readonly platform: Platform;
}

/** A src.json whose root file system a lock pins. */
export interface LockableRootfs {
	readonly kind: "rootfs";
	readonly path: string;
	readonly input: RootfsInput;
}

/**
 * Lists what a project has to lock, by label and name.
 * @throws LockError ERR_LOCK_PLACE for an image that only a container daemon has.
 */
export function listLockable(directory: string): (LockableImage | LockableRootfs)[] {
	const tree = placeBelow(directory, "pvpkg");
	const labels = new Set(listDirectory(tree));
	return ARCH_LABELS.filter((label) => labels.has(label)).flatMap((label) =>
		listContainers(placeBelow(tree, label)).flatMap((source) => lockableOf(source, label)),
	);
}

function lockableOf(source: ProjectSource, label: ArchLabel): (LockableImage | LockableRootfs)[] {
	const { path, manifest } = source;
	const input: Input | undefined = recordedInput(manifest, path);
	// An image that is recorded by its digest alone needs no lock.
	if (input === undefined || (input.kind === "image" && manifest.dockerName === undefined)) return [];
	if (input.kind === "rootfs") return [{ kind: "rootfs", path, input }];
	const { dockerPlatform } = manifest;
	const platform = dockerPlatform === undefined ? labelPlatform(label) : parsePlatform(dockerPlatform);
	const text = readFileIfPresent(path)!.toString();
	return [{ kind: "image", path, manifest, text, key: imageKey(input, path), input, platform }];
}

/** Returns the member that has the container's own image: docker_digest of an overlay is that of its base. */
export function digestMember({ dockerOvlDigest }: SourceManifest): "dockerDigest" | "dockerOvlDigest" {
	return dockerOvlDigest === undefined ? "dockerDigest" : "dockerOvlDigest";
}

/** What a locked image is called in src.json. */
export interface RecordedName {
	/** `name@sha256:…`; the digest alone of an image that lies in the project. */
	readonly digest: string;
	/** Absent: stays as it is. */
	readonly tag?: string | undefined;
	/** The image, if it is open already. */
	readonly image?: Image | undefined;
}

/** Returns what src.json records of an image of the lock. */
export function recordedName(key: string, reference: Reference | undefined, digest: Digest): RecordedName {
	if (reference === undefined || isLocalKey(key)) return { digest };
	return { digest: `${reference.familiarName}@${digest}`, tag: reference.tag };
}

/**
 * Returns the text of a src.json with the name and digest of the lock, or undefined where it has them. Another
 * image has another configuration, which is renewed with it; arguments and all other members stay.
 * @param baseDigest docker_digest of the container below, where this one is an overlay.
 */
export async function renewedSource(
	run: Run,
	{ manifest, text, input }: LockableImage,
	{ digest: own, tag, image }: RecordedName,
	baseDigest: string | undefined,
): Promise<string | undefined> {
	const member = digestMember(manifest);
	const base = member === "dockerDigest" ? undefined : (baseDigest ?? manifest.dockerDigest);
	const isTagged = tag === undefined || (manifest.dockerTag ?? "latest") === tag;
	const isSame = manifest[member] === own && isTagged;
	if (isSame && (base === undefined || base === manifest.dockerDigest)) return undefined;
	const isOther = manifest[member] !== undefined && manifest[member] !== own;
	const dockerConfig =
		isOther && manifest.dockerConfig !== undefined
			? (image ?? (await openImage(run, input, own))).config.config
			: manifest.dockerConfig;
	const digests = base === undefined ? { dockerDigest: own } : { dockerDigest: base, dockerOvlDigest: own };
	const renewed = { ...manifest, ...(tag !== undefined && { dockerTag: tag }), ...digests, dockerConfig };
	const encoded = encodeSourceManifest(renewed);
	return text.endsWith("\n") ? `${encoded}\n` : encoded;
}

async function openImage(run: Run, input: ImageInput, own: string): Promise<Image> {
	const platforms = input.recorded?.platform && [input.recorded.platform];
	const place = own.includes("@") ? parseImageInput(own) : { ...input, recorded: undefined };
	const [opened] = await openImages(run, place, { platforms, take: "first" });
	return opened!.image;
}
