import {
	type ImageInput,
	type ImageResolver,
	type LockSettings,
	type PinnedImage,
	type PinnedInput,
	parseImageInput,
} from "../container/index.js";
import { readFileIfPresent } from "../ground/files/index.js";
import {
	EMPTY_LOCK,
	type Lock,
	LockError,
	type LockedImage,
	type LockedName,
	lockedName,
	lockedPlatform,
	lockKey,
	parseLock,
} from "../image/lock/index.js";
import {
	type Descriptor,
	formatPlatform,
	formatReference,
	type Image,
	type Platform,
	parsePlatform,
} from "../image/oci/index.js";
import type { ImageLocation } from "../image/sources/index.js";

type LookUp = (input: ImageInput, platforms: readonly Platform[]) => Promise<Image[]>;

/**
 * Reads the lock of a run.
 * @throws LockError ERR_LOCK_MISSING for a strict run without a lock; whatever reading it throws.
 */
export function readLock(settings: LockSettings, warn: (message: string) => void = () => {}): Lock {
	const { path, strict } = settings;
	const bytes = readFileIfPresent(path);
	if (bytes !== undefined) {
		const lock = parseLock(bytes, path);
		checkVersion(lock, settings, warn);
		return lock;
	}
	if (!strict) return EMPTY_LOCK;
	throw new LockError("ERR_LOCK_MISSING", `${path}: read: not there ("pvpkg lock" makes it)`);
}

/** Another version may make other bytes: it is warned of, and refused where nothing may change. */
function checkVersion(
	{ pvpkg }: Lock,
	{ path, version, frozen, allowVersion }: LockSettings,
	warn: (message: string) => void,
): void {
	if (pvpkg === undefined || version === undefined || pvpkg === version) return;
	const message = `${path}: was made by pvpkg ${pvpkg}, this is ${version}`;
	if (frozen && !allowVersion) throw new LockError("ERR_LOCK_STALE", `${message} (--allow-version takes it)`);
	warn(message);
}

/** Decides by a lock which image a name means (docs/formats/images.md#the-lock). */
export class LockResolver implements ImageResolver {
	readonly #lock: Lock;
	readonly #settings: LockSettings;
	readonly #note: (message: string) => void;

	constructor(lock: Lock, settings: LockSettings, note: (message: string) => void) {
		this.#lock = lock;
		this.#settings = settings;
		this.#note = note;
	}

	async resolve(
		input: ImageInput,
		platforms: readonly Platform[] | undefined,
		lookUp: LookUp,
	): Promise<PinnedInput | undefined> {
		const key = keyOf(input);
		const entry = key === undefined ? undefined : this.#lock.images.get(key);
		if (key === undefined || entry === undefined) return this.#lacking(`no image ${key ?? input.text}`);
		const wanted = platforms ?? [...entry.platforms.keys()].map(parsePlatform);
		const missing = wanted.find((platform) => lockedPlatform(entry, platform) === undefined);
		if (missing !== undefined) return this.#lacking(`no ${formatPlatform(missing)} of ${key}`);
		const name = lockedName(key, entry, this.#settings.path);
		const found = name.bumped
			? await this.#lookUpBumped(key, entry, name, wanted, lookUp)
			: { images: wanted.map((platform) => pinned(entry, platform)), index: indexOf(entry) };
		return { ...this.#named(key, name), ...found };
	}

	/** What a lock does not have is looked up, or refused. */
	#lacking(what: string): undefined {
		const message = `${this.#settings.path}: resolve: the lock has ${what} ("pvpkg lock" adds it)`;
		if (this.#settings.strict) throw new LockError("ERR_LOCK_STALE", message);
		this.#note(message);
		return undefined;
	}

	/** A bot changed the tag and the digest of an image: each platform must be there as it was. */
	async #lookUpBumped(
		key: string,
		entry: LockedImage,
		{ reference }: LockedName,
		platforms: readonly Platform[],
		lookUp: LookUp,
	): Promise<Pick<PinnedInput, "images" | "index">> {
		const { path } = this.#settings;
		const { image } = entry;
		this.#note(`${path}: ${key}: is ${image} now; its platforms are looked up ("pvpkg lock" records them)`);
		const found = await lookUp(parseImageInput(formatReference(reference)), platforms);
		const images = found.map(({ requested, platform, digest }): PinnedImage => {
			const before = lockedPlatform(entry, requested)!.platform;
			if (formatPlatform(platform) === before) return { requested, platform, digest };
			const reason = `expected ${before} for ${formatPlatform(requested)}, got ${formatPlatform(platform)}`;
			throw new LockError("ERR_LOCK_STALE", `${path}: ${key}: ${image}: choose platform: ${reason}`);
		});
		return { images, index: found[0]?.index };
	}

	#named(key: string, { reference }: LockedName): Pick<PinnedInput, "name" | "places" | "reference"> {
		const { familiarName, tag } = reference;
		const { from } = this.#settings;
		const layout = from === undefined ? undefined : layoutAt(from, key);
		return {
			name: { familiarName, tag, local: false },
			reference,
			places: [layout ?? { kind: "registry", reference }],
		};
	}
}

/** A layout in a directory, or `oci-archive:FILE`. */
function layoutAt(from: string, tag: string): ImageLocation {
	const archive = /^oci-archive:(.+)$/s.exec(from)?.[1];
	return archive === undefined
		? { kind: "oci", path: from, tag }
		: { kind: "oci-archive", path: archive, tag };
}

function keyOf({ recorded, places }: ImageInput): string | undefined {
	if (recorded?.name !== undefined) return lockKey(recorded.name.familiarName, recorded.name.tag);
	const registry = places.find((place) => place.kind === "registry");
	return registry && lockKey(registry.reference.familiarName, registry.reference.tag);
}

function pinned(entry: LockedImage, requested: Platform): PinnedImage {
	const { platform, manifest } = lockedPlatform(entry, requested)!;
	return { requested, platform: parsePlatform(platform), digest: manifest.digest };
}

/** Returns the descriptor of the index that platforms were chosen from; an image without one has none. */
function indexOf({ mediaType, resolved, size, platforms }: LockedImage): Descriptor | undefined {
	const isManifest = [...platforms.values()].some(({ manifest }) => manifest.digest === resolved);
	return isManifest ? undefined : { mediaType, digest: resolved, size };
}
