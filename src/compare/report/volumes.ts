import type { Content } from "../../ground/bytes/index.js";
import { isJsonObject } from "../../ground/json/index.js";
import { objectReference } from "../../pantavisor/state/index.js";
import { openImage } from "../../squashfs/read/index.js";
import {
	type ComparedImages,
	compareWalked,
	type WalkedImages,
	walkImages,
	walkOne,
} from "./file-changes.js";
import type { Side } from "./side.js";
import type { OpenedImage } from "./stored-comparison.js";
import type { WeighedImage } from "./weighing.js";

/** A squashfs image of a state, on both sides. */
export interface WalkedVolume extends WalkedImages {
	/** Its name in the state. */
	readonly path: string;
}

/** The images of one name, and the differences between them. */
export interface ComparedVolume extends ComparedImages {
	readonly path: string;
	/** For an overlay, the images that devices put below it. */
	readonly below: { readonly old: WeighedImage | undefined; readonly new: WeighedImage | undefined };
}

/** Walks the squashfs images of states; images that differ are walked side by side. */
export function walkVolumes(before: Side | undefined, after: Side): WalkedVolume[] {
	const [olds, news] = [findVolumes(before), findVolumes(after)];
	return [...new Set([...news.keys(), ...olds.keys()])].map((path) => {
		const [old, next] = [olds.get(path), news.get(path)];
		const differ = before !== undefined && old?.sha256 !== next?.sha256;
		const walked = differ
			? walkImages(old && openVolume(old), next && openVolume(next))
			: walkOne(openVolume((next ?? old)!), old !== undefined);
		return { path, ...walked };
	});
}

/**
 * Finishes the comparison of walked images, and expands files if needed. @throws SquashfsError for a damaged
 * image.
 */
export async function settleVolumes(
	walked: readonly WalkedVolume[],
	before: Side | undefined,
	after: Side,
): Promise<ComparedVolume[]> {
	const settled = await Promise.all(
		walked.map(async (volume) => ({ path: volume.path, ...(await compareWalked(volume.path, volume)) })),
	);
	const byPath = new Map(settled.map((volume) => [volume.path, volume]));
	return settled.map((volume) => ({
		...volume,
		below: {
			old: byPath.get(pathBelow(before, volume.path))?.old,
			new: byPath.get(pathBelow(after, volume.path))?.new,
		},
	}));
}

const OVERLAY = "/root.ovl.squashfs";

/** Returns the name of the image below an overlay: of its own container, or of the base; else "". */
function pathBelow(side: Side | undefined, path: string): string {
	if (!path.endsWith(OVERLAY)) return "";
	const container = path.slice(0, -OVERLAY.length);
	const source = side?.state.get(`${container}/src.json`);
	const base = isJsonObject(source) ? source.get("base") : undefined;
	return `${typeof base === "string" ? base : container}/root.squashfs`;
}

/** Bytes of the cache. Few files are read, and rarely two of one fragment block in a row. */
const CACHED_FRAGMENTS = 1 << 21;

interface StoredVolume {
	readonly sha256: string;
	readonly content: Content;
}

/** Finds the squashfs images of a state, by name. */
function findVolumes(side: Side | undefined): Map<string, StoredVolume> {
	const volumes = new Map<string, StoredVolume>();
	for (const [path, value] of side?.state ?? []) {
		const sha256 = objectReference(value);
		const content = sha256 === undefined ? undefined : side?.objects.get(sha256);
		if (sha256 === undefined || content === undefined || !path.endsWith(".squashfs")) continue;
		volumes.set(path, { sha256, content });
	}
	return volumes;
}

function openVolume({ content }: StoredVolume): OpenedImage {
	return { image: openImage(content, { cachedFragments: CACHED_FRAGMENTS }), content };
}
