import { PackageURL } from "packageurl-js";
import type { ContainerEvidence, ImageInputEvidence, RootfsInputEvidence } from "../../container/index.js";
import { sha256Hex } from "../../ground/bytes/index.js";
import { encodeCanonicalJson } from "../../ground/json/index.js";
import { DOCKER_HUB, formatPlatform, parseReference } from "../../image/oci/index.js";
import { sourceManifestValue } from "../../pantavisor/source/index.js";
import { formatPurl } from "../sbom/index.js";
import type { ResourceDescriptor } from "./statement.js";

/** Returns everything a container was made from: images with their layers, its src.json, and its further files. */
export function containerDependencies({
	name,
	manifest,
	images,
	files,
}: ContainerEvidence): ResourceDescriptor[] {
	const sha256 = sha256Hex(encodeCanonicalJson(sourceManifestValue(manifest)));
	const inputs = images.flatMap(({ file, sha256, input }) => {
		const annotations = { container: name, file };
		// This image was not made in this build, but taken from an older package or from the base.
		if (input === undefined) return [{ name: "squashfs", digest: { sha256 }, annotations }];
		return input.kind === "image"
			? imageDependencies(input, annotations)
			: rootfsDependencies(input, annotations);
	});
	const source = { name: "src.json", digest: { sha256 }, annotations: { container: name } };
	return [...inputs, source, ...[...files].map(([key, sha256]) => fileDependency(name, key, sha256))];
}

/** @param key of the file in the state: below the container, or below its part of `_config`. */
function fileDependency(container: string, key: string, sha256: string): ResourceDescriptor {
	const overlay = `_config/${container}/`;
	const isOverlay = key.startsWith(overlay);
	const file = key.slice(isOverlay ? overlay.length : container.length + 1);
	return { name: isOverlay ? "overlay" : "file", digest: { sha256 }, annotations: { container, file } };
}

/** Returns a root file system that a lock pins. A directory has the digest of its list (docs/lock.md). */
function rootfsDependencies(
	{ text, content }: RootfsInputEvidence,
	annotations: Readonly<Record<string, string>>,
): ResourceDescriptor[] {
	if (content === undefined) return [];
	const { sha256 } = content;
	const place = { ...annotations, path: text };
	if (content.kind === "file") return [{ name: "rootfs", digest: { sha256 }, annotations: place }];
	const owner = content.owner === undefined ? {} : { owner: content.owner };
	return [{ name: "rootfs", digest: { pvpkgTreeSha256: sha256 }, annotations: { ...place, ...owner } }];
}

function imageDependencies(
	{ index, manifest, config, layers, platform, name, signatures }: ImageInputEvidence,
	annotations: Readonly<Record<string, string>>,
): ResourceDescriptor[] {
	const one = (part: string, { digest, mediaType }: Sized, uri?: string): ResourceDescriptor => ({
		...{ name: part, uri, digest: { sha256: digest.slice("sha256:".length) }, mediaType, annotations },
	});
	const signers = [...new Set(signatures.map(({ key }) => key))];
	const signed = signers.length > 0 && { signedBy: signers.join(" ") };
	const chosen = { ...annotations, platform: formatPlatform(platform), ...signed };
	return [
		...(index === undefined ? [] : [one("index", index, imageUri(name, index.digest))]),
		{ ...one("manifest", manifest, imageUri(name, manifest.digest)), annotations: chosen },
		one("config", config),
		...layers.map((layer) => one("layer", layer)),
	];
}

interface Sized {
	readonly digest: string;
	readonly mediaType: string;
}

/** Returns the package URL of an image in a registry; undefined for other images. */
function imageUri(
	{ familiarName, tag, local }: ImageInputEvidence["name"],
	digest: string,
): string | undefined {
	if (local) return undefined;
	const { registry, repository } = parseReference(familiarName);
	const last = repository.slice(repository.lastIndexOf("/") + 1);
	const host = registry === DOCKER_HUB ? "docker.io" : registry;
	const qualifiers = { repository_url: `${host}/${repository}`, ...(tag !== undefined && { tag }) };
	return formatPurl(new PackageURL("oci", undefined, last, digest, qualifiers, undefined));
}

/** Returns the repository in the package URL of an image: `registry.example/team/app`; undefined for other URLs. */
export function imageOfUri(uri: string): string | undefined {
	try {
		const { type, qualifiers } = PackageURL.fromString(uri);
		return type === "oci" ? (qualifiers?.repository_url ?? undefined) : undefined;
	} catch {
		return undefined;
	}
}
