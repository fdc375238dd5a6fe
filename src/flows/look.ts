import type { OpenedImage, RunSettings } from "../container/index.js";
import { plainJson } from "../ground/json/index.js";
import { formatPlatform, parseReference } from "../image/oci/index.js";
import type { RegistryOptions } from "../image/registry/index.js";
import { openPull } from "./pull-plan.js";
import type { PullRequest } from "./requests.js";
import { withRun } from "./run.js";

/** What an image is, platform by platform. */
export interface ImageDescription {
	readonly image: string;
	/** Digest of the index; absent for an image without one. */
	readonly index?: string | undefined;
	readonly platforms: readonly PlatformDescription[];
}

export interface PlatformDescription {
	readonly platform: string;
	/** Digest of the manifest. */
	readonly digest: string;
	readonly mediaType: string;
	/** Bytes of configuration and layers, as a registry stores them. */
	readonly size: number;
	/** Seconds since 1970, where the image says it. */
	readonly created?: number | undefined;
	readonly layers: readonly LayerDescription[];
	/** The `config` member of the image's configuration: Entrypoint, Cmd, Env and so on. */
	readonly config: unknown;
}

export interface LayerDescription {
	readonly digest: string;
	readonly mediaType: string;
	readonly size: number;
	/** Digest of the uncompressed layer. */
	readonly diffId: string;
}

/** Describes an image; only manifests and configurations are fetched. @throws as `pullImage` */
export async function describeImage(
	request: Pick<PullRequest, "image" | "platforms">,
	settings: RunSettings,
): Promise<ImageDescription> {
	return withRun(settings, async (run) => {
		const opened = await openPull(run, request);
		const index = opened[0]?.image.index?.digest;
		return { image: request.image, index, platforms: opened.map(describePlatform) };
	});
}

/** What a repository has. */
export interface TagListing {
	readonly repository: string;
	/** In the server's order. */
	readonly tags: readonly string[];
}

/** Lists the tags of a repository. @throws OciError, RegistryError */
export async function listTags(
	repository: string,
	options: RegistryOptions,
	signal?: AbortSignal,
): Promise<TagListing> {
	const { openRegistry } = await import("../image/registry/index.js");
	const reference = parseReference(repository);
	const source = openRegistry(reference, options);
	try {
		return { repository: reference.familiarName, tags: await source.listTags(signal) };
	} finally {
		await source.close();
	}
}

function describePlatform({ image }: OpenedImage): PlatformDescription {
	const { platform, digest, descriptor, manifest, config, layers } = image;
	const blobs = [manifest.config, ...manifest.layers];
	return {
		platform: formatPlatform(platform),
		digest,
		mediaType: descriptor.mediaType,
		size: blobs.reduce((sum, { size }) => sum + size, 0),
		created: config.created,
		layers: layers.map(({ descriptor: { digest: layer, mediaType, size }, diffId }) => {
			return { digest: layer, mediaType, size, diffId };
		}),
		config: plainJson(config.config ?? new Map()),
	};
}
