import { openImages, parseImageInput, type Run } from "../container/index.js";
import { listDirectory, placeBelow, readFileIfPresent } from "../ground/files/index.js";
import { lockKey } from "../image/lock/index.js";
import {
	type Digest,
	formatReference,
	type Platform,
	parsePlatform,
	type Reference,
} from "../image/oci/index.js";
import { ARCH_LABELS, type ArchLabel, labelPlatform } from "../pantavisor/project/index.js";
import { encodeSourceManifest, type SourceManifest } from "../pantavisor/source/index.js";
import { listContainers } from "./project-files.js";

/** A src.json whose image a lock can pin: a registry has it. */
export interface LockableSource {
	readonly path: string;
	readonly manifest: SourceManifest;
	/** Its bytes, as text. */
	readonly text: string;
	/** Of the image in the lock. */
	readonly key: string;
	/** As it was requested. */
	readonly platform: Platform;
}

/** Lists what a project has to lock, by label and name. Root file systems and local images are not pinned. */
export function listLockable(directory: string): LockableSource[] {
	const tree = placeBelow(directory, "pvpkg");
	const labels = new Set(listDirectory(tree));
	return ARCH_LABELS.filter((label) => labels.has(label)).flatMap((label) => lockableOf(tree, label));
}

function lockableOf(tree: string, label: ArchLabel): LockableSource[] {
	return listContainers(placeBelow(tree, label)).flatMap(({ path, manifest }) => {
		const { dockerName, dockerTag, dockerPlatform } = manifest;
		const recorded = manifest[digestMember(manifest)];
		// A digest by itself is one that no registry has.
		const isLocal = dockerName === undefined || (recorded !== undefined && !recorded.includes("@"));
		if (isLocal) return [];
		const platform = dockerPlatform === undefined ? labelPlatform(label) : parsePlatform(dockerPlatform);
		const text = readFileIfPresent(path)!.toString();
		return [{ path, manifest, text, key: lockKey(dockerName, dockerTag), platform }];
	});
}

/** Returns the member that has the container's own image: docker_digest of an overlay is that of its base. */
export function digestMember({ dockerOvlDigest }: SourceManifest): "dockerDigest" | "dockerOvlDigest" {
	return dockerOvlDigest === undefined ? "dockerDigest" : "dockerOvlDigest";
}

/**
 * Returns the text of a src.json with the name and digest of the lock, or undefined where it has them. Another
 * image has another configuration, which is renewed with it; arguments and all other members stay.
 * @param baseDigest docker_digest of the container below, where this one is an overlay.
 */
export async function renewedSource(
	run: Run,
	{ manifest, text }: LockableSource,
	{ familiarName, tag }: Reference,
	digest: Digest,
	baseDigest: string | undefined,
): Promise<string | undefined> {
	const [own, member] = [`${familiarName}@${digest}`, digestMember(manifest)];
	const base = member === "dockerDigest" ? undefined : (baseDigest ?? manifest.dockerDigest);
	const isSame = manifest[member] === own && (manifest.dockerTag ?? "latest") === tag;
	if (isSame && (base === undefined || base === manifest.dockerDigest)) return undefined;
	const isOther = manifest[member] !== undefined && manifest[member] !== own;
	const dockerConfig =
		isOther && manifest.dockerConfig !== undefined
			? await configurationOf(run, familiarName, digest)
			: manifest.dockerConfig;
	const digests = base === undefined ? { dockerDigest: own } : { dockerDigest: base, dockerOvlDigest: own };
	const renewed = { ...manifest, dockerTag: tag, ...digests, dockerConfig };
	const encoded = encodeSourceManifest(renewed);
	return text.endsWith("\n") ? `${encoded}\n` : encoded;
}

async function configurationOf(run: Run, familiarName: string, digest: Digest) {
	const text = formatReference({ familiarName, digest } as Reference);
	const [opened] = await openImages(run, parseImageInput(text), { take: "first" });
	return opened!.image.config.config;
}
