import { PvpkgError } from "../ground/bytes/index.js";
import type { Finding } from "../ground/findings/index.js";
import { formatPlatform, type Image, type Platform } from "../image/oci/index.js";
import type { CachingSource, ImageLocation } from "../image/sources/index.js";
import { hasQuery, publicPlace } from "./address.js";
import { BuildError } from "./errors.js";
import { checkImageTrust, type ImageSignature } from "./image-trust.js";
import { type ImageInput, type ImageName, type Input, nameOf, type RootfsInput } from "./input.js";
import { openPlace } from "./opener.js";
import { checkPinned, pinnedImages } from "./pinned.js";
import { PlatformChoice, type PlatformSelection } from "./platform-choice.js";
import type { PinnedInput, PinnedRootfs } from "./ports.js";
import type { Run } from "./run.js";

/** What a container is made from on one platform, ready to be read. */
export type OpenedInput = OpenedImage | OpenedRootfs;

export interface OpenedImage {
	readonly kind: "image";
	readonly input: ImageInput;
	/** The place where it was found. */
	readonly place: ImageLocation;
	/** What src.json calls it. */
	readonly name: ImageName;
	readonly source: CachingSource;
	readonly image: Image;
	/** Whether a resolver chose the image; it then replaces the one that src.json records. */
	readonly pinned: boolean;
	/** The requested platform. */
	readonly platform: Platform;
	/** The platform that its programs must run on, if it is not `platform`. */
	readonly device?: Platform | undefined;
	/** What the choice of the platform found, such as a lower variant in place of the requested one. */
	readonly findings: readonly Finding[];
	/** Its valid signatures, if any were demanded. */
	readonly signatures: readonly ImageSignature[];
}

export interface OpenedRootfs {
	readonly kind: "rootfs";
	readonly input: RootfsInput;
	readonly device?: Platform | undefined;
	/** The platform that its programs must run on; undefined in a checkout that does not name one. */
	readonly platform: Platform | undefined;
	/** The content that a resolver expects. */
	readonly pinned?: PinnedRootfs | undefined;
}

/**
 * Opens an input for its platforms, in the order of the request. Fetches the manifests and configurations of
 * images, and reads nothing of root file systems.
 * @throws BuildError ERR_BUILD_PLATFORM unless the request leads to one platform where there must be one;
 *   BuildError ERR_BUILD_SOURCE for another image than src.json records; what the places throw.
 */
export async function openInputs(
	run: Run,
	input: Input,
	selection: PlatformSelection,
): Promise<OpenedInput[]> {
	if (input.kind === "image") return openImages(run, input, selection);
	const { location, isRecorded = false } = input;
	if (hasQuery(location.path) && !isRecorded) {
		const reason = "the query of the address is left out of src.json, as it may hold a secret";
		run.settings.onWarning?.(`${publicPlace(location.path)}: ${reason}`);
	}
	return [{ ...openRootfs(input, selection), pinned: run.ports.resolver?.resolveRootfs?.(input) }];
}

/** Opens an input as `openInputs` does, for exactly one platform. */
export async function openInput(
	run: Run,
	input: Input,
	platforms: readonly Platform[] | undefined,
): Promise<OpenedInput> {
	const [opened] = await openInputs(run, input, { platforms, take: "first" });
	return opened!;
}

/**
 * Opens an image in the first of its places that has it. If no place has it, throws the first error that says
 * more than "not there", so that an absent daemon does not hide a registry that cannot be reached.
 */
export async function openImages(
	run: Run,
	input: ImageInput,
	selection: PlatformSelection,
): Promise<OpenedImage[]> {
	const lookUp = async (other: ImageInput, platforms: readonly Platform[]): Promise<Image[]> => {
		const opened = await openPlaces(run, { input: other, selection: { platforms, take: "each" } });
		return opened.map(({ image }) => image);
	};
	const pinned = await run.ports.resolver?.resolve(input, selection.platforms, lookUp);
	return openPlaces(run, { input, selection, pinned });
}

/** Which images are looked for. */
interface Search {
	readonly input: ImageInput;
	readonly selection: PlatformSelection;
	/** The images that a resolver chose; absent where the place decides. */
	readonly pinned?: PinnedInput | undefined;
}

async function openPlaces(run: Run, search: Search): Promise<OpenedImage[]> {
	const { input, pinned } = search;
	const places = pinned?.places ?? input.places;
	const errors: unknown[] = [];
	for (const [at, place] of places.entries()) {
		try {
			return await openAt(run, search, place);
		} catch (error) {
			if (run.settings.signal?.aborted || isFinal(error)) throw error;
			errors.push(error);
			const next = places[at + 1];
			if (next !== undefined) run.note(`${(error as Error).message}; trying ${describePlace(input, next)}`);
		}
	}
	throw failureOf(input, errors);
}

/** Whether no other place can help: the request is ambiguous, or its image is not trusted. */
function isFinal(error: unknown): boolean {
	return (
		error instanceof PvpkgError && (error.code === "ERR_BUILD_PLATFORM" || error.kind === "verification")
	);
}

function describePlace({ text }: ImageInput, place: ImageLocation): string {
	return place.kind === "docker-daemon" ? `docker-daemon:${place.name}` : text;
}

/** Returns the error that says most, with the messages of the others. */
function failureOf({ text }: ImageInput, errors: readonly unknown[]): unknown {
	const [first] = errors;
	if (first === undefined) {
		return new BuildError("ERR_BUILD_REQUEST", `${text}: find image: expected a place to look in, got none`);
	}
	const telling = errors.find((error) => !(error instanceof PvpkgError && error.kind === "access"));
	const counts = telling ?? first;
	const others = errors.filter((error) => error !== counts);
	if (others.length === 0 || !(counts instanceof PvpkgError)) return counts;
	const message = [counts, ...others].map((error) => (error as Error).message).join("; and ");
	return new PvpkgError(counts.kind, counts.code, message, { cause: counts });
}

async function openAt(
	run: Run,
	{ input, selection, pinned }: Search,
	place: ImageLocation,
): Promise<OpenedImage[]> {
	const { source, progress } = await openPlace(run, place, pinned?.explain);
	const choice = new PlatformChoice(run, source);
	const images = pinned
		? await pinnedImages(source, pinned, choice.options)
		: await choice.images(input, selection);
	progress.watch(images);
	if (pinned === undefined) checkRecorded(input, place, images);
	const signatures = await checkImageTrust(run, { input, place, source, pinned }, images);
	if (pinned !== undefined) await checkPinned(run, source, pinned, images);
	const name = input.as ?? pinned?.name ?? nameOf(input, place);
	return images.map((image, at) => {
		const { requested: platform } = image;
		const opened = { kind: "image", input, place, name, source, image, platform } as const;
		const checked = { findings: choice.findings(platform), signatures: signatures[at]! };
		return { ...opened, pinned: pinned !== undefined, ...checked };
	});
}

/** Compares images with the one that src.json records. @throws BuildError ERR_BUILD_SOURCE */
function checkRecorded({ recorded, text }: ImageInput, place: ImageLocation, images: readonly Image[]): void {
	const { digest, subject } = recorded ?? {};
	const other = images.find((image) => digest !== undefined && !digest.endsWith(image.digest));
	if (other === undefined) return;
	const where = place.kind === "docker-daemon" ? `docker-daemon:${place.name}` : text;
	const reason = `${where} is another image, expected ${digest}, got ${other.digest}`;
	throw new BuildError("ERR_BUILD_SOURCE", `${subject}: docker_digest: ${reason}`);
}

/** Opens a root file system, which has one platform and does not name it. */
function openRootfs(input: RootfsInput, { platforms = [], take }: PlatformSelection): OpenedRootfs {
	const [platform, ...others] = platforms;
	if (others.length === 0 && (platform !== undefined || take === "first"))
		return { kind: "rootfs", input, platform };
	const got = others.length === 0 ? "none" : platforms.map(formatPlatform).join(", ");
	const reason = `a root file system is of one platform, expected it by --platform, got ${got}`;
	throw new BuildError("ERR_BUILD_PLATFORM", `${input.text}: choose platform: ${reason}`);
}
