import {
	type ImageInput,
	type ImageResolver,
	type LockSettings,
	nameOf,
	type PinnedImage,
	type PinnedInput,
	type PinnedRootfs,
	parseImageInput,
	type RootfsInput,
	type RunSettings,
} from "../../container/index.js";
import { PvpkgError } from "../../ground/bytes/index.js";
import { isDirectory, readFileStart } from "../../ground/files/index.js";
import {
	isLocalKey,
	type Lock,
	LockError,
	type LockedImage,
	type LockedName,
	lockedName,
	lockedPlatform,
} from "../../image/lock/index.js";
import {
	type Descriptor,
	formatPlatform,
	formatReference,
	type Image,
	type Platform,
	parsePlatform,
} from "../../image/oci/index.js";
import type { ImageLocation } from "../../image/sources/index.js";
import { findImageKey } from "./key.js";
import { rootfsKey } from "./needs.js";
import { type OpenedLock, openLock } from "./open.js";
import { checkStated } from "./parts.js";
import { lockedContent } from "./rootfs.js";

/** Errors that mean: the place does not have what is pinned. */
const MISSING: ReadonlySet<string> = new Set(["ERR_BLOB_MISSING", "ERR_IMAGE_NOT_FOUND", "ERR_OFFLINE"]);

type LookUp = (input: ImageInput, platforms: readonly Platform[]) => Promise<Image[]>;

/** Decides by a lock which image a name means (docs/formats/images.md#the-lock). */
export class LockResolver implements ImageResolver {
	readonly lock: Lock;
	readonly digest: string | undefined;
	readonly #settings: LockSettings;
	readonly #note: (message: string) => void;
	readonly #keeps: boolean;

	/** @param keeps whether what is fetched is kept for later runs. */
	constructor(
		{ lock, digest }: OpenedLock,
		settings: LockSettings,
		note: (message: string) => void,
		keeps: boolean,
	) {
		this.lock = lock;
		this.digest = digest;
		this.#settings = settings;
		this.#note = note;
		this.#keeps = keeps;
	}

	/** Reads the lock of a run. @throws whatever `openLock` throws */
	static open(settings: LockSettings, { cacheDirectory, onNote, onWarning }: RunSettings): LockResolver {
		const note = (message: string): void => onNote?.(message);
		return new LockResolver(openLock(settings, onWarning), settings, note, cacheDirectory !== undefined);
	}

	async resolve(
		input: ImageInput,
		platforms: readonly Platform[] | undefined,
		lookUp: LookUp,
	): Promise<PinnedInput | undefined> {
		const key = findImageKey(input);
		if (key === undefined)
			return this.#refuse(`${input.text} comes from a container daemon, and is never locked`);
		const entry = this.lock.images.get(key);
		if (entry === undefined)
			return this.#lacking(`no image ${key}`, input.recorded ? "" : ` ${key} -p PLATFORM`);
		const wanted = platforms ?? [...entry.platforms.keys()].map(parsePlatform);
		const missing = wanted.map(formatPlatform).find((name) => !lockedPlatform(entry, parsePlatform(name)));
		if (missing !== undefined) {
			return this.#lacking(`no ${missing} of ${key}`, input.recorded ? "" : ` ${key} -p ${missing}`);
		}
		if (isLocalKey(key)) return this.#pinLocal(input, key, entry, wanted);
		const name = lockedName(key, entry, this.#settings.path);
		const found = name.bumped
			? await this.#lookUpBumped(key, entry, name, wanted, lookUp)
			: { images: wanted.map((platform) => pinned(entry, platform)), index: indexOf(entry) };
		const check: PinnedInput["check"] = (image, named) =>
			checkStated({ path: this.#settings.path, key, entry }, image, named);
		return { ...this.#named(key, name), ...found, check: name.bumped ? undefined : check };
	}

	resolveRootfs(input: RootfsInput): PinnedRootfs | undefined {
		const key = rootfsKey(input);
		const content = lockedContent(this.lock, input, key);
		if (content === undefined) {
			return this.#lacking(`no root file system ${key}`, input.isRecorded ? "" : ` ${input.text}`);
		}
		const { from } = this.#settings;
		const place = from === undefined ? undefined : layoutAt(from, key);
		return { content, place, explain: (error) => this.#explain(error, key) };
	}

	/**
	 * Refuses what a strict lock does not have; otherwise returns undefined, so that it is looked up.
	 * @param words of the command that adds it, besides `pvpkg lock`.
	 */
	#lacking(what: string, words: string): undefined {
		return this.#refuse(`the lock has ${what} ("pvpkg lock${words}" adds it)`);
	}

	#refuse(reason: string): undefined {
		const message = `${this.#settings.path}: resolve: ${reason}`;
		if (this.#settings.strict) throw new LockError("ERR_LOCK_STALE", message);
		this.#note(message);
		return undefined;
	}

	/** An image that lies in the project. */
	#pinLocal(input: ImageInput, key: string, entry: LockedImage, platforms: readonly Platform[]): PinnedInput {
		const { from, path } = this.#settings;
		if (entry.image !== key) {
			const reason = `expected its key, as the image is in the project, got ${entry.image}`;
			throw new LockError("ERR_LOCK_STALE", `${path}: ${key}: image: check: ${reason}`);
		}
		const places = from === undefined ? input.places : [layoutAt(from, key)];
		const images = platforms.map((platform) => pinned(entry, platform));
		const explain = (error: unknown): unknown => this.#explain(error, key);
		const check: PinnedInput["check"] = (image, named) =>
			checkStated({ path: this.#settings.path, key, entry }, image, named);
		return { name: nameOf(input, input.places[0]!), places, images, index: indexOf(entry), explain, check };
	}

	/** Adds to an error for missing content how to get it. */
	#explain(error: unknown, key: string): unknown {
		const { from } = this.#settings;
		const isNone = from !== undefined && error instanceof PvpkgError && error.code === "ERR_SOURCE_FORMAT";
		if (!(error instanceof PvpkgError) || !(isNone || MISSING.has(error.code))) return error;
		const message = `${error.message}: ${remedyFor(key, from, this.#keeps)}`;
		// A damaged layout is bad input; one that lacks what the lock names was not fetched.
		if (error.code === "ERR_BLOB_MISSING") {
			return new LockError("ERR_LOCK_CONTENT", message, { cause: error });
		}
		return new PvpkgError(error.kind, error.code, message, { cause: error });
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

	#named(
		key: string,
		{ reference }: LockedName,
	): Pick<PinnedInput, "name" | "places" | "reference" | "explain"> {
		const { familiarName, tag } = reference;
		const { from } = this.#settings;
		const layout = from === undefined ? undefined : layoutAt(from, key);
		return {
			name: { familiarName, tag, local: false },
			reference,
			places: [layout ?? { kind: "registry", reference }],
			explain: (error) => this.#explain(error, key),
		};
	}
}

/** Returns the command that puts locked content where it is read from. */
function remedyFor(key: string, from: string | undefined, keeps: boolean): string {
	if (from !== undefined) return `"pvpkg fetch -o ${from}" fetches it`;
	if (isLocalKey(key)) return `"pvpkg lock --update ${key}" records what is there`;
	return keeps
		? '"pvpkg fetch" fetches it'
		: 'without a cache "pvpkg fetch -o DIR" fetches it, and --from DIR takes it';
}

/** A layout in a directory or a zip, or an archive of one; the prefix may say which, else the path does. */
function layoutAt(from: string, tag: string): ImageLocation {
	const [, prefix, named] = /^(oci|oci-archive):(.+)$/s.exec(from) ?? [];
	const path = named ?? from;
	if (prefix === "oci" || isDirectory(path) || /\.zip(?:\/\/|$)/i.test(path))
		return { kind: "oci", path, tag };
	const isFile = prefix === "oci-archive" || readFileStart(path, 1) !== undefined;
	return { kind: isFile ? "oci-archive" : "oci", path, tag };
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
