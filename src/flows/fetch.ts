import {
	addressSource,
	fileDescriptor,
	isUrl,
	type LockSettings,
	type OpenedImage,
	openImages,
	parseImageInput,
	type Run,
	type RunSettings,
} from "../container/index.js";
import { isLocalKey, type Lock, LockError, type LockedObject, lockedPlatform } from "../image/lock/index.js";
import {
	type Descriptor,
	type Digest,
	type Platform,
	parsePlatform,
	parseReference,
} from "../image/oci/index.js";
import { type LayoutImage, OciLayoutWriter } from "../image/sources/index.js";
import { fileManifest } from "./file-artifact.js";
import { withLayoutOutput } from "./layout-output.js";
import { LockResolver } from "./lock/index.js";
import { blobsOf, copyBlob, copyContent } from "./pull.js";
import { withRun } from "./run.js";

export interface FetchRequest {
	readonly lock: LockSettings;
	/** Default: all that are locked. */
	readonly platforms?: readonly Platform[] | undefined;
	/** OCI layout to write, besides the content store: a directory, or `oci-archive:FILE`. */
	readonly layout?: string | undefined;
}

/** What a lock names: for foreign fetchers. */
export interface LockedAddress {
	readonly key: string;
	readonly kind: "index" | "manifest" | "config" | "layer" | "file";
	readonly url: string;
	readonly digest: Digest;
	/** Bytes. */
	readonly size: number;
}

/** Fetches everything that a lock names into the content store, and into one OCI layout if asked. Returns the bytes of it. */
export async function fetchLocked(request: FetchRequest, settings: RunSettings): Promise<number> {
	const { layout } = request;
	if (layout === undefined) return fetchInto(request, settings);
	return withLayoutOutput(layout, settings.temporaryDirectory, (directory) =>
		fetchInto({ ...request, layout: directory }, settings),
	);
}

async function fetchInto(request: FetchRequest, settings: RunSettings): Promise<number> {
	const resolver = LockResolver.open(request.lock, settings);
	const { lock } = resolver;
	return withRun({ ...settings, lock: request.lock, resolver }, async (run) => {
		const writer = request.layout === undefined ? undefined : new OciLayoutWriter(request.layout);
		try {
			const images: LayoutImage[] = [];
			const sizes = new Map<Digest, number>();
			for (const [key, selected] of selectPlatforms(lock, request.platforms)) {
				const opened = await openImages(run, parseImageInput(key), { platforms: selected, take: "each" });
				images.push(
					await fetchImage(run, key, opened, writer),
					...(await fetchSignatures(run, opened, writer)),
				);
				for (const { digest, size } of blobsOf(opened)) sizes.set(digest, size);
			}
			for (const [url, file] of addressesOf(lock)) {
				images.push(await fetchFile(run, url, file, writer));
				sizes.set(fileDescriptor(file).digest, file.size);
			}
			writer?.commitExactly(images);
			return [...sizes.values()].reduce((sum, size) => sum + size, 0);
		} finally {
			await writer?.discard();
		}
	});
}

/** Returns the platforms of each image that are wanted; an image of which none is wanted is left out. */
function selectPlatforms(lock: Lock, platforms: readonly Platform[] | undefined): Map<string, Platform[]> {
	const selected = [...lock.images].map(([key, entry]): [string, Platform[]] => {
		const all = [...entry.platforms.keys()].map(parsePlatform);
		const wanted = platforms?.filter((platform) => lockedPlatform(entry, platform) !== undefined);
		return [key, wanted ?? all];
	});
	const found = new Map(selected.filter(([, some]) => some.length > 0));
	if (found.size > 0 || lock.images.size === 0) return found;
	throw new LockError("ERR_LOCK_STALE", "fetch: choose images: the lock has none for these platforms");
}

async function fetchImage(
	run: Run,
	key: string,
	opened: readonly OpenedImage[],
	writer: OciLayoutWriter | undefined,
): Promise<LayoutImage> {
	const { signal } = run.settings;
	const { source, image } = opened[0]!;
	const blobs = blobsOf(opened);
	const copies = blobs.map(async (blob: Descriptor) => {
		await source.prefetch([blob], signal);
		if (writer && !writer.has(blob.digest)) {
			await writer.addBlob(blob.digest, (file) => copyBlob(run, source, blob, file));
		}
	});
	await Promise.all(copies);
	const manifests = await Promise.all(
		opened.map(({ image: { digest } }) => source.fetchManifest(digest, signal)),
	);
	const root =
		image.index === undefined ? manifests[0]! : await source.fetchManifest(image.index.digest, signal);
	return { name: key, root, manifests };
}

/** Returns the archives of a lock that lie at an address. */
function addressesOf({ files }: Lock): [string, LockedObject][] {
	return [...files].filter(([key]) => isUrl(key));
}

/** An archive at an address is an artifact of its layout: a manifest without configuration, and one layer. */
async function fetchFile(
	run: Run,
	url: string,
	file: LockedObject,
	writer: OciLayoutWriter | undefined,
): Promise<LayoutImage> {
	const blob = fileDescriptor(file);
	const source = await addressSource(run, url, undefined);
	await source.prefetch([blob], run.settings.signal);
	if (writer && !writer.has(blob.digest)) {
		await writer.addBlob(blob.digest, (target) => copyBlob(run, source, blob, target));
	}
	const { config, root } = fileManifest(blob);
	if (writer && !writer.has(config.digest)) {
		await writer.addBlob(config.digest, async (target) => {
			target.write(config.bytes, 0);
		});
	}
	return { name: url, root, manifests: [] };
}

/** The documents of the signatures that were demanded, under the names by which they are found in a layout, too. */
async function fetchSignatures(
	run: Run,
	opened: readonly OpenedImage[],
	writer: OciLayoutWriter | undefined,
): Promise<LayoutImage[]> {
	const images = new Map<string, LayoutImage>();
	for (const { name, signatures } of opened) {
		for (const { tag, source, root, manifests, blobs } of signatures.map(({ found }) => found)) {
			images.set(tag, { name: `${name.familiarName}:${tag}`, root, manifests });
			for (const blob of writer === undefined ? [] : blobs) {
				if (!writer!.has(blob.digest)) {
					await writer!.addBlob(blob.digest, (file) => copyContent(source, blob, file, run.settings.signal));
				}
			}
		}
	}
	return [...images.values()];
}

/** Lists the addresses of everything that a lock names, each digest once for each repository. */
export function listLocked(lock: Lock, platforms?: readonly Platform[]): LockedAddress[] {
	const addresses = [...selectPlatforms(lock, platforms)].flatMap(([key, selected]) => {
		const entry = lock.images.get(key)!;
		// What lies in the project needs no address.
		if (isLocalKey(key)) return [];
		const { registry, repository } = parseReference(entry.image);
		const at = (
			kind: LockedAddress["kind"],
			{ digest, size }: { digest: Digest; size: number },
		): LockedAddress => {
			const path = kind === "index" || kind === "manifest" ? "manifests" : "blobs";
			return { key, kind, url: `https://${registry}/v2/${repository}/${path}/${digest}`, digest, size };
		};
		const locked = selected.map((platform) => lockedPlatform(entry, platform)!);
		const isIndex = locked.every(({ manifest }) => manifest.digest !== entry.resolved);
		return [
			...(isIndex ? [at("index", { digest: entry.resolved, size: entry.size })] : []),
			...locked.flatMap(({ manifest, config, layers }) => [
				at("manifest", manifest),
				at("config", config),
				...layers.map((layer) => at("layer", layer)),
			]),
		];
	});
	const files = addressesOf(lock).map(([url, file]): LockedAddress => {
		const { digest, size } = fileDescriptor(file);
		return { key: url, kind: "file", url, digest, size };
	});
	return [...new Map([...addresses, ...files].map((address) => [address.url, address])).values()];
}
