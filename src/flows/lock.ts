import { dirname, join, relative } from "node:path";
import {
	type BuildSettings,
	type OpenedImage,
	openImages,
	parseImageInput,
	type Run,
	signatureEvidence,
} from "../container/index.js";
import { FileChanges, placeBelow, readFileIfPresent } from "../ground/files/index.js";
import {
	EMPTY_LOCK,
	encodeLock,
	type Lock,
	LockError,
	type LockedImage,
	type LockedPlatform,
	lockedName,
	lockedPlatform,
	lockKey,
	parseLock,
} from "../image/lock/index.js";
import {
	formatPlatform,
	formatReference,
	type Image,
	type Platform,
	parsePlatform,
	parseReference,
	platformKey,
} from "../image/oci/index.js";
import { digestMember, type LockableSource, listLockable, renewedSource } from "./lock-sources.js";
import { withRun } from "./run.js";

/** The file of a lock, beside `pvpkg.json`. */
export const LOCK_FILE = "pvpkg.lock.json";

export interface LockRequest {
	/** Of the project. */
	readonly directory: string;
	/** Images to lock besides those of the project, each for these platforms. */
	readonly images?: readonly string[] | undefined;
	readonly platforms?: readonly Platform[] | undefined;
	/** Looks tags up again: of every image, or of these alone. Default: what is locked stays. */
	readonly update?: "all" | readonly string[] | undefined;
	/** Writes nothing. */
	readonly dryRun?: boolean | undefined;
	/** Version of the program, for the lock. */
	readonly version: string;
}

/** What became of an image of the lock. */
export interface LockChange {
	readonly key: string;
	readonly platform: string;
	/** Digest of the manifest before; undefined where there was none. */
	readonly before: string | undefined;
	readonly after: string;
	/** Bytes of all layers. */
	readonly size: number;
}

export interface LockReport {
	readonly path: string;
	readonly changes: readonly LockChange[];
	/** Files that were, or would be, written. */
	readonly written: readonly string[];
}

/** What is needed of one image. */
interface Need {
	readonly key: string;
	readonly platforms: Map<string, Platform>;
	readonly sources: LockableSource[];
}

/**
 * Locks what the src.json files of a project name, and further images: writes the lock, and the digests of
 * src.json. Only manifests and configurations are fetched; what is locked already stays as it is.
 */
export async function lockImages(request: LockRequest, settings: BuildSettings): Promise<LockReport> {
	const path = placeBelow(request.directory, LOCK_FILE);
	const before = openLock(path);
	const needs = listNeeds(request);
	return withRun({ ...settings, lock: undefined }, async (run) => {
		const images = new Map(before.images);
		const changes: LockChange[] = [];
		const entries = new Map<Need, LockedImage>();
		for (const need of needs) {
			const old = images.get(need.key);
			const { key, entry } = await lockOne(run, need, old, path, request);
			if (key !== need.key) images.delete(need.key);
			images.set(key, entry);
			changes.push(...changesOf(key, old, entry));
			entries.set(need, entry);
		}
		const renewed = await renewSources(run, entries);
		const lock = { ...before, pvpkg: request.version, images };
		const written = writeAll(request, path, lock, renewed);
		return { path, changes, written };
	});
}

/**
 * Compares the lock of a project with its src.json files, without the network.
 * @returns what differs, one sentence each.
 */
export function checkLock(directory: string): string[] {
	const path = placeBelow(directory, LOCK_FILE);
	if (readFileIfPresent(path) === undefined) {
		throw new LockError("ERR_LOCK_MISSING", `${path}: read: not there ("pvpkg lock" makes it)`);
	}
	const lock = openLock(path);
	return listNeeds({ directory }).flatMap((need) => {
		const entry = lock.images.get(need.key);
		if (entry === undefined) return [`${need.key}: not in the lock`];
		const { bumped } = lockedName(need.key, entry, path);
		if (bumped) return [`${need.key}: image is ${entry.image}, its platforms are of ${entry.resolved}`];
		return [...need.platforms.values()].flatMap((platform) => staleness(need, entry, platform));
	});
}

function staleness({ key, sources }: Need, entry: LockedImage, platform: Platform): string[] {
	const locked = lockedPlatform(entry, platform);
	if (locked === undefined) return [`${key}: ${formatPlatform(platform)} is not in the lock`];
	const digest = locked.manifest.digest;
	return sources.flatMap((source) => {
		const member = digestMember(source.manifest);
		const recorded = source.manifest[member];
		const isOther = platformKey(source.platform) !== platformKey(platform);
		if (isOther || recorded === undefined || recorded.endsWith(digest)) return [];
		const name = member === "dockerDigest" ? "docker_digest" : "docker_ovl_digest";
		return [`${source.path}: ${name} is ${recorded}, the lock has ${digest}`];
	});
}

function openLock(path: string): Lock {
	const bytes = readFileIfPresent(path);
	return bytes === undefined ? EMPTY_LOCK : parseLock(bytes, path);
}

function listNeeds({
	directory,
	images = [],
	platforms = [],
}: Pick<LockRequest, "directory" | "images" | "platforms">): Need[] {
	const needs = new Map<string, Need>();
	const need = (key: string): Need => {
		const known = needs.get(key) ?? { key, platforms: new Map(), sources: [] };
		needs.set(key, known);
		return known;
	};
	for (const source of listLockable(directory)) {
		const { platforms, sources } = need(source.key);
		platforms.set(platformKey(source.platform), source.platform);
		sources.push(source);
	}
	for (const text of images) {
		const { familiarName, tag } = parseReference(text);
		const { platforms: wanted } = need(lockKey(familiarName, tag));
		for (const platform of platforms) wanted.set(platformKey(platform), platform);
	}
	return [...needs.values()];
}

/** Returns the entry of an image: the present one if it is complete, else a new one. */
async function lockOne(
	run: Run,
	need: Need,
	old: LockedImage | undefined,
	path: string,
	{ update }: LockRequest,
): Promise<{ readonly key: string; readonly entry: LockedImage }> {
	const name = old && lockedName(need.key, old, path);
	const isUpdated = update === "all" || (update?.includes(need.key) ?? false);
	const wanted = [...need.platforms.values()];
	const lacks = wanted.some((platform) => isLacking(run, old, platform));
	if (old !== undefined && !isUpdated && !lacks && !name?.bumped) return { key: need.key, entry: old };
	const text = name === undefined || isUpdated ? need.key : formatReference(name.reference);
	const kept = isUpdated ? [] : [...(old?.platforms.keys() ?? [])].map(parsePlatform);
	const platforms = new Map([...kept, ...wanted].map((platform) => [platformKey(platform), platform]));
	const selection = { platforms: [...platforms.values()], take: "each", devices: true } as const;
	const opened = await openImages(run, parseImageInput(text), selection);
	const { familiarName, tag } = name?.reference ?? parseReference(need.key);
	const key = lockKey(familiarName, tag);
	return { key, entry: entryOf(key, opened, old) };
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
		image: `${key}@${digest}`,
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

function changesOf(key: string, old: LockedImage | undefined, entry: LockedImage): LockChange[] {
	return [...entry.platforms].flatMap(([platform, { manifest, layers }]) => {
		const before = old && lockedPlatform(old, parsePlatform(platform))?.manifest.digest;
		const after = manifest.digest;
		const size = layers.reduce((sum, layer) => sum + layer.size, 0);
		return before === after ? [] : [{ key, platform, before, after, size }];
	});
}

/** Returns the src.json files whose name, digest or configuration the lock changes; an overlay follows its base. */
async function renewSources(
	run: Run,
	entries: ReadonlyMap<Need, LockedImage>,
): Promise<{ path: string; text: string }[]> {
	const locked = [...entries].flatMap(([{ sources }, entry]) =>
		sources.map((source) => {
			const digest = lockedPlatform(entry, source.platform)!.manifest.digest;
			return { source, reference: parseReference(entry.image), digest };
		}),
	);
	const names = new Map(
		locked.map(({ source, reference, digest }) => [source.path, `${reference.familiarName}@${digest}`]),
	);
	const renewed: { path: string; text: string }[] = [];
	for (const { source, reference, digest } of locked) {
		const base = names.get(join(dirname(dirname(source.path)), source.manifest.base ?? "", "src.json"));
		const text = await renewedSource(run, source, reference, digest, base);
		if (text !== undefined) renewed.push({ path: source.path, text });
	}
	return renewed;
}

function writeAll(
	{ directory, dryRun }: LockRequest,
	path: string,
	lock: Lock,
	renewed: readonly { readonly path: string; readonly text: string }[],
): string[] {
	const text = encodeLock(lock);
	const isSame = readFileIfPresent(path)?.toString() === text;
	const files = [...(isSame ? [] : [{ path, text }]), ...renewed];
	const changes = new FileChanges(directory);
	try {
		for (const file of files) changes.write(relative(directory, file.path), file.text);
		if (!dryRun) changes.commit();
	} finally {
		changes.discard();
	}
	return files.map((file) => file.path);
}
