import { dirname, join, relative } from "node:path";
import { Run, type RunSettings } from "../../container/index.js";
import { FileChanges, placeBelow, readFileIfPresent } from "../../ground/files/index.js";
import {
	EMPTY_LOCK,
	encodeLock,
	isLocalKey,
	type Lock,
	LockError,
	type LockedImage,
	lockedName,
	lockedPlatform,
	parseLock,
} from "../../image/lock/index.js";
import { type Platform, parsePlatform, parseReference } from "../../image/oci/index.js";
import { type KeyedEntry, lockImage } from "./entry.js";
import { type ImageNeed, type LockNeeds, listNeeds, withLocked } from "./needs.js";
import { lockRootfs, type RootfsChange } from "./rootfs.js";
import { recordedName, renewedSource } from "./sources.js";

/** The file of a lock, beside `pvpkg.json`. */
export const LOCK_FILE = "pvpkg.lock.json";

/** Returns the path of a project's lock. @throws BytesError ERR_FILE_KIND for a link, which leads elsewhere or nowhere */
export function lockPlace(directory: string): string {
	return placeBelow(directory, LOCK_FILE);
}

export interface LockRequest {
	/** Of the project. */
	readonly directory: string;
	/** IMAGEs to lock besides those of the project, each image for these platforms. */
	readonly images?: readonly string[] | undefined;
	readonly platforms?: readonly Platform[] | undefined;
	/** Looks up again what is locked: all of it, or these keys alone. Default: what is locked stays. */
	readonly update?: "all" | readonly string[] | undefined;
	/** Takes what lies outside of the project. */
	readonly allowOutside?: boolean | undefined;
	/** Writes nothing. */
	readonly dryRun?: boolean | undefined;
	/** Version of the program, for the lock. */
	readonly version: string;
}

/** What became of an image or a root file system of the lock. */
export interface LockChange {
	readonly key: string;
	/** Absent for a root file system. */
	readonly platform?: string | undefined;
	/** Digest of the manifest, or of the content, before; undefined where there was none. */
	readonly before: string | undefined;
	readonly after: string;
	/** Bytes of all layers, or of the archive; absent for a directory. */
	readonly size?: number | undefined;
}

export interface LockReport {
	readonly path: string;
	readonly changes: readonly LockChange[];
	/** Files that were, or would be, written. */
	readonly written: readonly string[];
}

/**
 * Locks what the src.json files of a project name, and further images: writes the lock, and the digests of
 * src.json. Of images only manifests and configurations are read; what is locked already stays as it is.
 */
export async function lockImages(request: LockRequest, settings: RunSettings): Promise<LockReport> {
	const path = lockPlace(request.directory);
	const bytes = readFileIfPresent(path);
	const before = bytes === undefined ? EMPTY_LOCK : parseLock(bytes, path);
	const { update } = request;
	const isUpdated = (...names: readonly string[]): boolean =>
		update === "all" || names.some((name) => update?.includes(name) ?? false);
	const isBumped = (key: string): boolean => {
		const entry = before.images.get(key);
		return entry !== undefined && !isLocalKey(key) && lockedName(key, entry, path).bumped;
	};
	const needs = withLocked(listNeeds(request), before, (key) => isUpdated(key) || isBumped(key));
	checkUpdate(request, needs, path);
	return Run.use({ ...settings, lock: undefined }, {}, async (run) => {
		const images = new Map(before.images);
		const changes: LockChange[] = [];
		const entries = new Map<ImageNeed, KeyedEntry>();
		for (const need of needs.images) {
			const old = images.get(need.key);
			const keyed = await lockImage(run, need, old, { path, isUpdated: isUpdated(need.key) });
			const { key, entry } = keyed;
			if (key !== need.key) images.delete(need.key);
			images.set(key, entry);
			changes.push(...changesOf(key, old, entry));
			entries.set(need, keyed);
		}
		const rootfs = await lockRootfs(run, needs.rootfs, before, isUpdated);
		const renewed = await renewSources(run, entries);
		const lock = { ...before, pvpkg: request.version, images, ...rootfs.locked };
		const written = writeAll(request, { path, bytes }, lock, renewed);
		return { path, changes: [...changes, ...rootfs.changes.map(rootfsChange)], written };
	});
}

/** @throws LockError ERR_LOCK_STALE for a name that is neither in the lock nor in the project. */
function checkUpdate({ update }: LockRequest, { images, rootfs }: LockNeeds, path: string): void {
	if (update === undefined || update === "all") return;
	const texts = [...rootfs].flatMap(([key, { text }]) => [key, text]);
	const known = [...images.map(({ key }) => key), ...texts];
	const missing = update.find((name) => !known.includes(name));
	if (missing === undefined) return;
	const listed = images.map(({ key }) => key).slice(0, 5);
	const got = listed.length === 0 ? "there are no images" : `there are ${listed.join(", ")}`;
	const reason = `expected a name as the lock has it, got ${missing} (${got})`;
	throw new LockError("ERR_LOCK_STALE", `${path}: update: ${reason}`);
}

function changesOf(key: string, old: LockedImage | undefined, entry: LockedImage): LockChange[] {
	return [...entry.platforms].flatMap(([platform, { manifest, layers }]) => {
		const before = old && lockedPlatform(old, parsePlatform(platform))?.manifest.digest;
		const after = manifest.digest;
		const size = layers.reduce((sum, layer) => sum + layer.size, 0);
		return before === after ? [] : [{ key, platform, before, after, size }];
	});
}

function rootfsChange({ key, before, after, size }: RootfsChange): LockChange {
	return { key, before: before && `sha256:${before}`, after: `sha256:${after}`, size };
}

/** A file that is written again. */
interface RenewedFile {
	readonly path: string;
	readonly text: string;
	/** What was read of it; undefined where it was not there. */
	readonly before: string | undefined;
}

/** Returns the src.json files whose name, digest or configuration the lock changes; an overlay follows its base. */
async function renewSources(run: Run, entries: ReadonlyMap<ImageNeed, KeyedEntry>): Promise<RenewedFile[]> {
	const locked = [...entries].flatMap(([{ sources, key }, { entry, opened }]) =>
		sources.map((source) => {
			const { digest } = lockedPlatform(entry, source.platform)!.manifest;
			const reference = isLocalKey(key) ? undefined : parseReference(entry.image);
			const image = opened.find((each) => each.image.digest === digest)?.image;
			return { source, name: { ...recordedName(key, reference, digest), image } };
		}),
	);
	const digests = new Map(locked.map(({ source, name }) => [source.path, name.digest]));
	const renewed: RenewedFile[] = [];
	for (const { source, name } of locked) {
		const base = digests.get(join(dirname(dirname(source.path)), source.manifest.base ?? "", "src.json"));
		const text = await renewedSource(run, source, name, base);
		if (text !== undefined) renewed.push({ path: source.path, text, before: source.text });
	}
	return renewed;
}

function writeAll(
	{ directory, dryRun }: LockRequest,
	{ path, bytes }: { readonly path: string; readonly bytes: Uint8Array | undefined },
	lock: Lock,
	renewed: readonly RenewedFile[],
): string[] {
	const text = encodeLock(lock);
	const before = bytes && Buffer.from(bytes).toString();
	const files = [...(before === text ? [] : [{ path, text, before }]), ...renewed];
	const changes = new FileChanges(directory);
	try {
		for (const file of files) changes.write(relative(directory, file.path), file.text);
		checkUnchanged(files);
		if (!dryRun) changes.commit();
	} finally {
		changes.discard();
	}
	return files.map((file) => file.path);
}

/** Refuses to overwrite files that somebody edited while the images were looked up. */
function checkUnchanged(files: readonly RenewedFile[]): void {
	for (const { path, before } of files) {
		if (readFileIfPresent(path)?.toString() === before) continue;
		const reason = "it was changed while the images were looked up, run it again";
		throw new LockError("ERR_LOCK_STALE", `${path}: write: ${reason}`);
	}
}
