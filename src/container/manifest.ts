import { formatPlatform, parsePlatform } from "../image/oci/index.js";
import {
	dockerSource,
	rootfsSource,
	type SourceManifest,
	type SourceOptions,
} from "../pantavisor/source/index.js";
import { publicPlace } from "./address.js";
import { BuildError } from "./errors.js";
import { recordedInput } from "./input.js";
import { type OpenedImage, type OpenedInput, type OpenedRootfs, openInputs } from "./open.js";
import type { Run } from "./run.js";

/** Returns the src.json of an opened input. A root file system has no digest yet, as its image is not made. */
export function describe(opened: OpenedInput, options: SourceOptions): SourceManifest {
	return opened.kind === "image" ? describeImage(opened, options) : describeRootfs(opened, options);
}

function describeImage({ name, image }: OpenedImage, options: SourceOptions): SourceManifest {
	const { digest, requested, config } = image;
	return dockerSource(
		{ ...name, digest, platform: formatPlatform(requested), config: config.config },
		options,
	);
}

function describeRootfs({ input }: OpenedRootfs, { base, ...options }: SourceOptions): SourceManifest {
	const { path } = input.location;
	if (base === undefined) return rootfsSource(publicPlace(path), options);
	const reason = "expected an image (a root file system is a whole one)";
	throw new BuildError("ERR_BUILD_REQUEST", `${path}: lay over ${base.name}: ${reason}`);
}

/**
 * Returns a manifest that can be rendered: unchanged if it has `docker_config`, else with that of the
 * recorded image, which is opened unless the caller has opened it.
 * @param subject the file, for messages.
 * @throws BuildError ERR_BUILD_SOURCE when it names no image.
 */
export async function complete(
	run: Run,
	manifest: SourceManifest,
	subject: string,
	opened?: OpenedInput,
): Promise<SourceManifest> {
	if (isComplete(manifest)) return manifest;
	return withConfig(manifest, opened ?? (await openConfigured(run, manifest, subject)));
}

/** Returns a manifest with the configuration of its opened image, unless it has one. */
export function withConfig(manifest: SourceManifest, opened: OpenedInput): SourceManifest {
	if (isComplete(manifest) || opened.kind === "rootfs") return manifest;
	return { ...manifest, dockerConfig: opened.image.config.config };
}

/** Whether a manifest can be rendered without reading its image. */
export function isComplete({ dockerConfig, rootfsUrl }: SourceManifest): boolean {
	return dockerConfig !== undefined || rootfsUrl !== undefined;
}

async function openConfigured(run: Run, manifest: SourceManifest, subject: string): Promise<OpenedInput> {
	const input = recordedInput(manifest, subject);
	if (input === undefined) {
		throw new BuildError("ERR_BUILD_SOURCE", `${subject}: find image: expected docker_name or docker_config`);
	}
	run.note(`${subject}: has no docker_config; that of ${input.text} is looked up`);
	const { dockerPlatform } = manifest;
	const platforms = dockerPlatform === undefined ? undefined : [parsePlatform(dockerPlatform)];
	const [opened] = await openInputs(run, input, { platforms, take: "each" });
	return opened!;
}
