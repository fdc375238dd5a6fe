import {
	type OpenedImage,
	openImages,
	parseImageInput,
	type Run,
	signatureEvidence,
} from "../../container/index.js";
import {
	isLocalKey,
	type LockedImage,
	type LockedPlatform,
	lockedName,
	lockedPlatform,
	lockKey,
} from "../../image/lock/index.js";
import {
	formatPlatform,
	formatReference,
	type Image,
	type Platform,
	parsePlatform,
	platformKey,
} from "../../image/oci/index.js";
import type { ImageNeed } from "./needs.js";

/** An entry of a lock with its key, which a bot may have changed. */
export interface KeyedEntry {
	readonly key: string;
	readonly entry: LockedImage;
	/** The images that were opened for it; none where the present entry stays. */
	readonly opened: readonly OpenedImage[];
}

/**
 * Returns the entry of an image: the present one if it is complete, else a new one.
 * @param path of the lock, for messages.
 * @param isUpdated looks up what is locked, too.
 */
export async function lockImage(
	run: Run,
	need: ImageNeed,
	old: LockedImage | undefined,
	{ path, isUpdated }: { readonly path: string; readonly isUpdated: boolean },
): Promise<KeyedEntry> {
	const name = old && !isLocalKey(need.key) ? lockedName(need.key, old, path) : undefined;
	const wanted = [...need.platforms.values()];
	const lacks = wanted.some((platform) => isLacking(run, old, platform));
	if (old !== undefined && !isUpdated && !lacks && !name?.bumped) {
		return { key: need.key, entry: old, opened: [] };
	}
	const text = name === undefined || isUpdated ? need.key : formatReference(name.reference);
	const kept = isUpdated ? [] : [...(old?.platforms.keys() ?? [])].map(parsePlatform);
	const platforms = new Map([...kept, ...wanted].map((platform) => [platformKey(platform), platform]));
	const selection = { platforms: [...platforms.values()], take: "each", devices: true } as const;
	const opened = await openImages(run, parseImageInput(text), selection);
	const key = name === undefined ? need.key : lockKey(name.reference.familiarName, name.reference.tag);
	return { key, entry: entryOf(key, opened, old), opened };
}

/** Whether a lock does not say enough of a platform: nothing, or not by whom it is signed where that is asked for. */
function isLacking({ settings }: Run, old: LockedImage | undefined, platform: Platform): boolean {
	const locked = old && lockedPlatform(old, platform);
	const isAsked = (settings.imageTrust?.keys.length ?? 0) > 0;
	return locked === undefined || (isAsked && locked.signatures.length === 0);
}

function entryOf(key: string, opened: readonly OpenedImage[], old: LockedImage | undefined): LockedImage {
	const { image: first } = opened[0]!;
	const { mediaType, digest, size } = first.index ?? first.descriptor;
	return {
		image: isLocalKey(key) ? key : `${key}@${digest}`,
		...{ mediaType, resolved: digest, size },
		platforms: new Map(opened.map((each) => [formatPlatform(each.image.requested), platformOf(each)])),
		unknown: old?.unknown ?? new Map(),
	};
}

function platformOf({ image, signatures }: OpenedImage): LockedPlatform {
	const { platform, descriptor, layers, manifest } = image;
	const { config } = manifest;
	const blob = ({ mediaType, digest, size }: Image["descriptor"]) => ({ mediaType, digest, size });
	return {
		platform: formatPlatform(platform),
		manifest: blob(descriptor),
		config: blob(config),
		layers: layers.map(({ descriptor: layer, diffId }) => ({ ...blob(layer), diffId })),
		signatures: signatures.map(signatureEvidence),
	};
}
