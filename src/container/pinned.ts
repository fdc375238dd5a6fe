import {
	formatPlatform,
	type Image,
	type ImageSource,
	imagesOfIndex,
	type ResolveOptions,
	resolveImages,
	startingAt,
} from "../image/oci/index.js";
import type { PinnedInput } from "./ports.js";
import type { Run } from "./run.js";

/** Loads images by the digests of their manifests, with the platforms that their index gives them. */
export async function pinnedImages(
	source: ImageSource,
	{ images, index }: PinnedInput,
	given: ResolveOptions,
): Promise<Image[]> {
	const options = { ...given, recorded: true };
	return Promise.all(
		images.map(async ({ requested, platform, digest }) => {
			const [image] = await resolveImages(startingAt(source, digest), [platform], options);
			const match = formatPlatform(requested) === formatPlatform(platform) ? "exact" : "fallback";
			return { ...image!, requested, platform, match, index };
		}),
	);
}

/** Checks the other statements about pinned images, and that their index names them. */
export async function checkPinned(
	{ settings }: Run,
	source: ImageSource,
	{ check, index }: PinnedInput,
	images: readonly Image[],
): Promise<void> {
	if (check === undefined || images.length === 0) return;
	const named = index && (await imagesOfIndex(source, index.digest, settings.signal));
	for (const image of images) check(image, named);
}
