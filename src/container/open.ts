import { PvpkgError } from "../ground/bytes/index.js";
import type { Finding } from "../ground/findings/index.js";
import {
	formatPlatform,
	type Image,
	type ImageSource,
	OciError,
	type Platform,
	type ResolveOptions,
	resolveImages,
} from "../image/oci/index.js";
import type { CachingSource, ImageLocation } from "../image/sources/index.js";
import { findLabel } from "../pantavisor/project/index.js";
import { hasQuery, publicPlace } from "./address.js";
import { BuildError } from "./errors.js";
import type { Findings } from "./findings.js";
import { found } from "./image-rules.js";
import { checkImageTrust, type ImageSignature } from "./image-trust.js";
import { type ImageInput, type ImageName, type Input, nameOf, type RootfsInput } from "./input.js";
import { openPlace } from "./opener.js";
import { checkPinned, pinnedImages } from "./pinned.js";
import type { PinnedInput, PinnedRootfs } from "./ports.js";
import type { Run } from "./run.js";

/** What a container is made of on one platform, ready to be read. */
export type OpenedInput = OpenedImage | OpenedRootfs;

export interface OpenedImage {
	readonly kind: "image";
	readonly input: ImageInput;
	/** The place that had it. */
	readonly place: ImageLocation;
	/** What src.json calls it. */
	readonly name: ImageName;
	readonly source: CachingSource;
	readonly image: Image;
	/** Whether a resolver decided which image it is: it counts more than what src.json records. */
	readonly pinned: boolean;
	/** As it was requested. */
	readonly platform: Platform;
	/** What its programs have to run on, where that is not the platform itself. */
	readonly device?: Platform | undefined;
	/** What was found while it was chosen, such as another variant that stands in. */
	readonly findings: readonly Finding[];
	/** Its good signatures, as far as any were demanded. */
	readonly signatures: readonly ImageSignature[];
}

export interface OpenedRootfs {
	readonly kind: "rootfs";
	readonly input: RootfsInput;
	readonly device?: Platform | undefined;
	/** What its programs have to run on; unknown in a checkout, which may not say it. */
	readonly platform: Platform | undefined;
	/** What it has to be, where a resolver decided that. */
	readonly pinned?: PinnedRootfs | undefined;
}

/** For which platforms an input is opened. */
export interface PlatformSelection {
	/** Absent, or none: those that the input has. */
	readonly platforms?: readonly Platform[] | undefined;
	/**
	 * `each`: one image for every platform. `only`: the same, and there must be one. `first`: one image,
	 * for the first platform that the input has.
	 */
	readonly take: "each" | "only" | "first";
	/** Leaves out what an image has for platforms that no device is of. */
	readonly devices?: boolean | undefined;
}

/**
 * Opens an input for its platforms, in the order of the request. Of images, manifests and
 * configurations are fetched; of root file systems nothing is read.
 * @throws BuildError ERR_BUILD_PLATFORM where one platform has to be chosen and is not; BuildError
 *   ERR_BUILD_SOURCE for another image than src.json records; whatever the places throw.
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

/** As `openInputs`, for exactly one platform. */
export async function openInput(
	run: Run,
	input: Input,
	platforms: readonly Platform[] | undefined,
): Promise<OpenedInput> {
	const [opened] = await openInputs(run, input, { platforms, take: "first" });
	return opened!;
}

/**
 * Opens an image in the first of its places that has it. When none does, the first error counts that
 * says more than "not there": a registry that cannot be reached is not hidden by an absent daemon.
 */
export async function openImages(
	run: Run,
	input: ImageInput,
	selection: PlatformSelection,
): Promise<OpenedImage[]> {
	const lookUp = async (other: ImageInput, platforms: readonly Platform[]): Promise<Image[]> => {
		const opened = await openPlaces(run, other, { platforms, take: "each" }, undefined);
		return opened.map(({ image }) => image);
	};
	const pinned = await run.ports.resolver?.resolve(input, selection.platforms, lookUp);
	return openPlaces(run, input, selection, pinned);
}

async function openPlaces(
	run: Run,
	input: ImageInput,
	selection: PlatformSelection,
	pinned: PinnedInput | undefined,
): Promise<OpenedImage[]> {
	const places = pinned?.places ?? input.places;
	const errors: unknown[] = [];
	for (const [at, place] of places.entries()) {
		try {
			return await openAt(run, input, place, selection, pinned);
		} catch (error) {
			if (run.settings.signal?.aborted || isFinal(error)) throw error;
			errors.push(error);
			const next = places[at + 1];
			if (next !== undefined) run.note(`${(error as Error).message}; trying ${describePlace(input, next)}`);
		}
	}
	throw failureOf(input, errors);
}

/** Another place could not help: the request itself is not clear, or its image is not trusted. */
function isFinal(error: unknown): boolean {
	return (
		error instanceof PvpkgError && (error.code === "ERR_BUILD_PLATFORM" || error.kind === "verification")
	);
}

function describePlace({ text }: ImageInput, place: ImageLocation): string {
	return place.kind === "docker-daemon" ? `docker-daemon:${place.name}` : text;
}

/** The error that counts, with the others in its message. */
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
	input: ImageInput,
	place: ImageLocation,
	selection: PlatformSelection,
	pinned: PinnedInput | undefined,
): Promise<OpenedImage[]> {
	const { source, progress } = await openPlace(run, place, pinned?.explain);
	const found = new ChoiceFindings(run, source.name);
	const images = pinned
		? await pinnedImages(source, pinned, found.options)
		: await chooseImages(run, input, source, selection, found.options);
	progress.watch(images);
	if (pinned === undefined) checkRecorded(input, place, images);
	const signatures = await checkImageTrust(run, { input, place, source, pinned }, images);
	if (pinned !== undefined) await checkPinned(run, source, pinned, images);
	const name = input.as ?? pinned?.name ?? nameOf(input, place);
	return images.map((image, at) => {
		const { requested: platform } = image;
		const opened = { kind: "image", input, place, name, source, image, platform } as const;
		const checked = { findings: found.of(platform), signatures: signatures[at]! };
		return { ...opened, pinned: pinned !== undefined, ...checked };
	});
}

/** The one choice of platforms. */
async function chooseImages(
	run: Run,
	input: ImageInput,
	source: ImageSource,
	{ platforms = [], take, devices }: PlatformSelection,
	given: ResolveOptions,
): Promise<Image[]> {
	const takes = devices ? (platform: Platform) => isOfDevices(run, input, platform) : undefined;
	const options = { ...given, recorded: isRecordedByDigest(input), takes };
	const images = await (take === "first" && platforms.length > 0
		? firstOf(source, platforms, options)
		: resolveImages(source, platforms.length > 0 ? platforms : undefined, options));
	if (take === "each" || images.length === 1) return images;
	const got = images.map(({ requested }) => formatPlatform(requested)).join(", ");
	const reason = `expected one platform, got ${got || "none"} (--platform chooses)`;
	throw new BuildError("ERR_BUILD_PLATFORM", `${input.text}: choose image: ${reason}`);
}

async function firstOf(
	source: ImageSource,
	platforms: readonly Platform[],
	options: ResolveOptions,
): Promise<Image[]> {
	for (const [at, platform] of platforms.entries()) {
		try {
			return await resolveImages(source, [platform], options);
		} catch (error) {
			const missing = error instanceof OciError && error.code === "ERR_PLATFORM_MISSING";
			if (!missing || at === platforms.length - 1) throw error;
		}
	}
	return [];
}

/** Sorts what is found while images are chosen by platform; it is reported at once. */
class ChoiceFindings {
	readonly options: ResolveOptions;
	readonly #lists: Map<string, Findings> = new Map();

	constructor(run: Run, name: string) {
		const { platformPolicy: policy, allowArchMismatch, signal } = run.settings;
		const onWarning = (text: string, requested: Platform): void => {
			const platform = formatPlatform(requested);
			const subject = text.startsWith(`${name}: ${platform}: `) ? `${name}: ${platform}` : name;
			const list = this.#lists.get(platform) ?? run.findings();
			this.#lists.set(platform, list);
			list.add(found("IMAGE_PLATFORM", subject, text.slice(subject.length + 2)));
		};
		this.options = { policy, allowArchMismatch, onWarning, signal };
	}

	of(requested: Platform): readonly Finding[] {
		return this.#lists.get(formatPlatform(requested))?.list ?? [];
	}
}

function isRecordedByDigest({ recorded }: ImageInput): boolean {
	return recorded?.digest?.includes("@") ?? false;
}

function isOfDevices(run: Run, { text }: ImageInput, platform: Platform): boolean {
	const known = findLabel(platform) !== undefined;
	if (!known) run.note(`${text}: ${formatPlatform(platform)} is left out: no device has that platform`);
	return known;
}

/** @throws BuildError ERR_BUILD_SOURCE for another image than src.json records. */
function checkRecorded({ recorded, text }: ImageInput, place: ImageLocation, images: readonly Image[]): void {
	const { digest, subject } = recorded ?? {};
	const other = images.find((image) => digest !== undefined && !digest.endsWith(image.digest));
	if (other === undefined) return;
	const where = place.kind === "docker-daemon" ? `docker-daemon:${place.name}` : text;
	const reason = `${where} is another image, expected ${digest}, got ${other.digest}`;
	throw new BuildError("ERR_BUILD_SOURCE", `${subject}: docker_digest: ${reason}`);
}

/** A root file system is of one platform, and does not say it itself. */
function openRootfs(input: RootfsInput, { platforms = [], take }: PlatformSelection): OpenedRootfs {
	const [platform, ...others] = platforms;
	if (others.length === 0 && (platform !== undefined || take === "first"))
		return { kind: "rootfs", input, platform };
	const got = others.length === 0 ? "none" : platforms.map(formatPlatform).join(", ");
	const reason = `a root file system is of one platform, expected it by --platform, got ${got}`;
	throw new BuildError("ERR_BUILD_PLATFORM", `${input.text}: choose platform: ${reason}`);
}
