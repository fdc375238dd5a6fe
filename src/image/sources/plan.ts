import { fileSystemOf, freeDiskBytes } from "../../ground/files/index.js";
import type { ContentStore } from "../../ground/store/index.js";
import type { Descriptor, Digest, Image, Platform, PlatformMatch } from "../oci/index.js";
import { SourceError } from "./errors.js";
import type { RootfsSize } from "./rootfs-size.js";

/** What fetching and making an image takes: `--dry-run`. */
export interface PullPlan {
	readonly platforms: readonly PlatformPlan[];
	/** Every blob once, in the order of platforms and layers. */
	readonly blobs: readonly BlobPlan[];
	/** Bytes that have to come over the network. */
	readonly fetchBytes: number;
	readonly disks: readonly DiskPlan[];
}

export interface PlatformPlan {
	readonly requested: Platform;
	/** What was chosen. */
	readonly platform: Platform;
	/** Why; `given`: a root file system is what it is said to be. */
	readonly match: PlatformMatch | "given";
	/** Of the manifest; a root file system has none. */
	readonly digest?: Digest;
	/**
	 * Bytes of configuration and layers as stored; of a root file system as it lies there, unknown
	 * when it comes by network or on standard input.
	 */
	readonly size: number | undefined;
	readonly layers: readonly Digest[];
}

export interface BlobPlan {
	readonly digest: Digest;
	readonly mediaType: string;
	readonly size: number;
	/** Bytes that are in the content store, or on this machine anyway; less than `size` after an interrupted download. */
	readonly stored: number;
}

/** What one file system has to hold. */
export interface DiskPlan {
	readonly directories: readonly string[];
	/** Bytes that are needed for certain. */
	readonly least: number;
	/** Bytes that will likely be needed: unpacked sizes are not known before. */
	readonly needed: number;
	/** Bytes that this user may write. */
	readonly free: number;
}

/** Where bytes will go. */
export interface PlanPlaces {
	readonly store: ContentStore;
	/** Where file bodies wait while layers are applied. */
	readonly temporaryDirectory: string;
	readonly outputDirectory: string;
	/** Whether the image is on this machine: nothing is fetched then. */
	readonly local?: boolean | undefined;
}

/** How much larger a compressed layer is unpacked: three is what distributions' base images come to. */
const EXPANSION = 3;

/** Plans the pull of an image for its platforms; nothing is fetched. */
export function planPull(images: readonly Image[], places: PlanPlaces): PullPlan {
	const blobs = uniqueBlobs(images).map((descriptor) => planBlob(descriptor, places));
	const fetchBytes = blobs.reduce((sum, { size, stored }) => sum + size - stored, 0);
	const platforms = images.map(planPlatform);
	const packed = images.map(({ manifest }) => manifest.layers.reduce((sum, { size }) => sum + size, 0));
	const disks = planDisks({ fetch: fetchBytes, packed, unpacked: images.map(unpackedEstimate) }, places);
	return { platforms, blobs, fetchBytes, disks };
}

/** Plans the export of a root file system: there is nothing to choose, and nothing to keep. */
export function planRootfs(platform: Platform, size: RootfsSize | undefined, places: PlanPlaces): PullPlan {
	const { bytes = 0, packed = false, inPlace = false } = size ?? {};
	const spooled = inPlace ? 0 : bytes;
	const unpacked = packed ? spooled * EXPANSION : spooled;
	return {
		platforms: [{ requested: platform, platform, match: "given", size: size?.bytes, layers: [] }],
		blobs: [],
		fetchBytes: 0,
		disks: planDisks({ fetch: 0, packed: [spooled], unpacked: [unpacked], output: bytes }, places),
	};
}

/**
 * Refuses work that cannot fit on the disk.
 * @throws SourceError ERR_DISK_SPACE
 */
export function checkDiskPlan({ disks }: Pick<PullPlan, "disks">): void {
	for (const { directories, least, free } of disks) {
		if (least <= free) continue;
		const message = `${directories.join(", ")}: check free space: expected at least ${least} bytes, got ${free}`;
		throw new SourceError("ERR_DISK_SPACE", message);
	}
}

function planPlatform({ requested, platform, match, digest, manifest }: Image): PlatformPlan {
	const size = [manifest.config, ...manifest.layers].reduce((sum, blob) => sum + blob.size, 0);
	const layers = manifest.layers.map((layer) => layer.digest);
	return { requested, platform, match, digest, size, layers };
}

function uniqueBlobs(images: readonly Image[]): Descriptor[] {
	const all = images.flatMap(({ manifest }) => [manifest.config, ...manifest.layers]);
	return [...new Map(all.map((descriptor) => [descriptor.digest, descriptor])).values()];
}

function planBlob({ digest, mediaType, size }: Descriptor, { store, local }: PlanPlaces): BlobPlan {
	const stored = local || store.has(digest, size) ? size : Math.min(store.partialSize(digest), size);
	return { digest, mediaType, size, stored };
}

/** What goes into one directory. */
interface Need {
	readonly directory: string;
	/** Bytes that are certain. */
	readonly least: number;
	/** Bytes that are likely. */
	readonly needed: number;
}

/** Bytes to be moved: into the store, and of each platform. */
interface Amounts {
	readonly fetch: number;
	/** What the bodies of a platform's files come to packed, and likely unpacked. */
	readonly packed: readonly number[];
	readonly unpacked: readonly number[];
	/** Default: all that is packed. */
	readonly output?: number;
}

function planDisks({ fetch, packed, unpacked, output }: Amounts, places: PlanPlaces): DiskPlan[] {
	const needs: Need[] = [
		{ directory: places.store.directory, least: fetch, needed: fetch },
		// Platforms are worked on one after the other.
		{ directory: places.temporaryDirectory, least: Math.max(0, ...packed), needed: Math.max(0, ...unpacked) },
		{
			directory: places.outputDirectory,
			least: 0,
			needed: output ?? packed.reduce((sum, size) => sum + size, 0),
		},
	];
	return [...byFileSystem(needs).values()].map((group) => ({
		directories: [...new Set(group.map(({ directory }) => directory))],
		least: group.reduce((sum, { least }) => sum + least, 0),
		needed: group.reduce((sum, { needed }) => sum + needed, 0),
		free: freeDiskBytes(group[0]!.directory),
	}));
}

function byFileSystem(needs: readonly Need[]): Map<string, Need[]> {
	const groups = new Map<string, Need[]>();
	for (const need of needs) {
		const id = fileSystemOf(need.directory);
		groups.set(id, [...(groups.get(id) ?? []), need]);
	}
	return groups;
}

function unpackedEstimate({ manifest }: Image): number {
	return manifest.layers.reduce((sum, { mediaType, size }) => {
		return sum + (/gzip|zstd/.test(mediaType) ? size * EXPANSION : size);
	}, 0);
}
