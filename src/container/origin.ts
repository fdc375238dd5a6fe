import { type Digest, formatPlatform, type Platform } from "../image/oci/index.js";
import {
	isRootfsLocation,
	type PullPlan,
	parseImageLocation,
	planRootfs,
	type RootfsLocation,
} from "../image/sources/index.js";
import { argumentWarnings } from "../pantavisor/lxc/index.js";
import { findLabel } from "../pantavisor/project/index.js";
import type { SourceManifest, SourceOptions } from "../pantavisor/source/index.js";
import { BuildError } from "./errors.js";
import { planOpened, planPlaces } from "./plan.js";
import { openPlatforms } from "./platforms.js";
import { makeRootImage } from "./root-image.js";
import { type MadeRoot, makeRootfsImage, sizeOfRootfs, sourceOfRootfs } from "./rootfs-origin.js";
import { sourceOfImage } from "./source.js";
import type { Workshop } from "./workshop.js";

/** What a container is made of on one platform: an image, or a root file system taken as it is. */
export interface Origin {
	readonly platform: Platform;
	/** Of the image's manifest; a root file system has none. */
	readonly digest?: Digest;
	/** `src.json`, as far as it is known before anything is made. */
	source(options: SourceOptions): SourceManifest;
	/** Makes `root.squashfs` as `source` wants it. */
	make(source: SourceManifest): Promise<MadeRoot>;
}

/** IMAGE opened for every platform. */
export interface Origins {
	readonly list: readonly Origin[];
	/** What making them would take. */
	plan(outputDirectory: string): Promise<PullPlan>;
}

/**
 * Opens IMAGE for every platform; of an image, without platforms, for all that it has and devices
 * can be of. Of images nothing but manifests and configurations is fetched, of root file systems
 * nothing is read.
 * @throws BuildError ERR_BUILD_PLATFORM for a root file system, which is of one platform.
 */
export async function openOrigins(
	workshop: Workshop,
	text: string,
	platforms: readonly Platform[] | undefined,
): Promise<Origins> {
	const location = parseImageLocation(text);
	if (isRootfsLocation(location)) {
		return rootfsOrigins(workshop, location, rootfsPlatform(text, platforms));
	}
	const { onNote } = workshop.settings;
	const opened = await openPlatforms(workshop, text, platforms, (platform) => {
		const known = findLabel(platform) !== undefined;
		if (!known) onNote?.(`${text}: ${formatPlatform(platform)} is left out: no device is of it`);
		return known;
	});
	const list = opened.images.map((image) => ({
		platform: image.requested,
		digest: image.digest,
		source: (options: SourceOptions) => sourceOfImage(location, text, image, options),
		make: async (source: SourceManifest) => {
			return { source, image: await makeRootImage(workshop, opened.source, image, source) };
		},
	}));
	return { list, plan: async (outputDirectory) => planOpened(workshop, opened, outputDirectory) };
}

/** They are the same for every platform, and so told once. @throws PantavisorError */
export function warnOfArguments(
	{ settings }: Workshop,
	{ name, options = {} }: { readonly name: string; readonly options?: SourceOptions | undefined },
	[origin]: readonly Origin[],
): void {
	if (origin === undefined) return;
	for (const warning of argumentWarnings({ name, source: origin.source(options) }))
		settings.onWarning?.(warning);
}

function rootfsOrigins(workshop: Workshop, location: RootfsLocation, platform: Platform): Origins {
	const origin: Origin = {
		platform,
		source: (options) => sourceOfRootfs(location, options),
		make: (source) => makeRootfsImage(workshop, location, source, platform),
	};
	return {
		list: [origin],
		async plan(outputDirectory) {
			const size = await sizeOfRootfs(workshop, location);
			return planRootfs(platform, size, planPlaces(workshop, outputDirectory));
		},
	};
}

/** The platform of a root file system, which does not say it itself. */
function rootfsPlatform(text: string, platforms: readonly Platform[] | undefined): Platform {
	const [platform, ...others] = platforms ?? [];
	if (platform !== undefined && others.length === 0) return platform;
	const got = others.length === 0 ? "none" : platforms!.map(formatPlatform).join(", ");
	const reason = `a root file system is of one platform, expected it by --platform, got ${got}`;
	throw new BuildError("ERR_BUILD_PLATFORM", `${text}: choose platform: ${reason}`);
}
