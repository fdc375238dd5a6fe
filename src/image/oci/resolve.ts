import { type Candidate, type LoadedManifest, listCandidates } from "./candidates.js";
import { embeddedContent } from "./descriptor.js";
import { OciError } from "./errors.js";
import type { Descriptor, Digest, Image, ImageLayer, ImageSource, Platform, PlatformMatch } from "./nouns.js";
import { effectiveVariant, formatPlatform, normalPlatform, platformKey } from "./platform.js";
import { choosePlatform, type PlatformPolicy, variantLevel } from "./platform-choice.js";

/** How platforms and their images are chosen. */
export interface ResolveOptions {
	/** Whether lower variants are accepted; `exact` refuses them. Default: `compatible`. */
	readonly policy?: PlatformPolicy | undefined;
	/** Whether to accept an image whose configuration names another architecture, with a warning. */
	readonly allowArchMismatch?: boolean | undefined;
	/** Receives fallbacks and harmless contradictions, each with the requested platform. */
	readonly onWarning?: ((message: string, requested: Platform) => void) | undefined;
	/**
	 * Whether the reference names a manifest that was recorded earlier. The index, which stated the variant, is not
	 * read again, so a configuration without a variant does not contradict the choice.
	 */
	readonly recorded?: boolean | undefined;
	/** Returns whether to take a platform of the source, if no platforms are named. Default: all. */
	readonly takes?: ((platform: Platform) => boolean) | undefined;
	readonly signal?: AbortSignal | undefined;
}

/** Platforms that an error lists. */
const MAX_OFFERED = 30;

interface Choice {
	readonly requested: Platform;
	readonly candidate: Candidate;
	readonly match: PlatformMatch;
}

/**
 * Returns the images for `platforms`, in their order; without them, those of the source, in the order of its index.
 * The index is fetched once; platforms with the same manifest share it.
 * @throws OciError ERR_PLATFORM_MISSING, listing the existing platforms; ERR_PLATFORM_MISMATCH; ERR_IMAGE_CONFIG;
 *   whatever reading the documents throws.
 */
export async function resolveImages(
	source: ImageSource,
	platforms?: readonly Platform[] | undefined,
	options: ResolveOptions = {},
): Promise<Image[]> {
	const { candidates, absent } = await listCandidates(source, options.signal);
	const wanted = platforms ?? offeredPlatforms(source, candidates, options);
	if (platforms === undefined) reportAbsent(source, absent, options);
	if (wanted.length === 0) throw missingError(source, [], candidates, absent);
	const choices = wanted.map((requested) => ({ requested, ...choose(requested, candidates, options) }));
	const missing = choices.filter(({ candidate }) => candidate === undefined);
	if (missing.length > 0) {
		throw missingError(
			source,
			missing.map(({ requested }) => requested),
			candidates,
			absent,
		);
	}
	return Promise.all(choices.map((choice) => loadImage(source, choice as Choice, options)));
}

/** Returns the platforms that `takes` accepts, each once: the first image of a platform is the one that counts. */
function offeredPlatforms(
	source: ImageSource,
	candidates: readonly Candidate[],
	{ takes = () => true, onWarning }: ResolveOptions,
): Platform[] {
	const first = new Map<string, Candidate>();
	for (const candidate of candidates) {
		const { platform, digest } = candidate;
		const known = first.get(platformKey(platform));
		if (known === undefined && takes(platform)) first.set(platformKey(platform), candidate);
		if (known === undefined || known.digest === digest) continue;
		const same = `${formatPlatform(platform)} ${digest} is for the same devices as ${formatPlatform(known.platform)}`;
		onWarning?.(`${source.name}: ${same} ${known.digest} before it, which is taken`, platform);
	}
	return [...first.values()].map(({ platform }) => platform);
}

function choose(
	requested: Platform,
	candidates: readonly Candidate[],
	{ policy = "compatible", allowArchMismatch, recorded }: ResolveOptions,
): { candidate?: Candidate; match?: PlatformMatch } {
	const [first] = candidates;
	if (recorded && first?.single && isWithoutVariant(first.platform, requested)) {
		return { candidate: { ...first, platform: requested }, match: "exact" };
	}
	const choice = choosePlatform(requested, candidates, policy);
	if (choice !== undefined) {
		const { chosen, match } = choice;
		return { candidate: chosen, match: chosen.single && match === "exact" ? "single" : match };
	}
	// The mismatch is reported, or allowed, when the configuration is checked.
	const sameSystem = first?.single && first.platform.os === normalPlatform(requested).os;
	if (allowArchMismatch && sameSystem) return { candidate: first, match: "single" };
	return first?.single && isUnstated(first.platform, requested)
		? { candidate: { ...first, platform: normalPlatform(requested) }, match: "single" }
		: {};
}

/** Returns whether a configuration leaves out its system or architecture, and does not contradict the request. */
function isUnstated({ os, architecture }: Platform, requested: Platform): boolean {
	const wanted = normalPlatform(requested);
	if (os !== "" && architecture !== "") return false;
	return (os === "" || os === wanted.os) && (architecture === "" || architecture === wanted.architecture);
}

/** Notes the platforms that an archive was saved without. */
function reportAbsent(
	source: ImageSource,
	absent: readonly Platform[],
	{ takes, onWarning }: ResolveOptions,
): void {
	for (const platform of absent.filter(takes ?? (() => true))) {
		const name = formatPlatform(platform);
		onWarning?.(
			`${source.name}: ${name} is left out: the index names it, but its files are missing`,
			platform,
		);
	}
}

/** Returns whether a platform is the requested one except that its variant is missing. */
function isWithoutVariant({ os, architecture, variant }: Platform, requested: Platform): boolean {
	const wanted = normalPlatform(requested);
	return variant === undefined && os === wanted.os && architecture === wanted.architecture;
}

async function loadImage(source: ImageSource, choice: Choice, options: ResolveOptions): Promise<Image> {
	const { requested, candidate, match } = choice;
	const loaded = await candidate.load();
	const subject = `${source.name}: ${formatPlatform(requested)}`;
	reportChoice(subject, choice, options);
	checkConfig(subject, requested, loaded, options);
	const { descriptor, manifest, config } = loaded;
	const layers = manifest.layers.map((layer, at) => imageLayer(source, layer, config.diffIds[at]!));
	const { platform, index } = candidate;
	const { digest } = descriptor;
	return { requested, platform, match, digest, descriptor, index, manifest, config, layers };
}

function reportChoice(
	subject: string,
	{ requested, candidate, match }: Choice,
	options: ResolveOptions,
): void {
	const chosen = formatPlatform(candidate.platform);
	if (match === "fallback")
		options.onWarning?.(`${subject}: there is no such image, ${chosen} is used instead`, requested);
	const readAs = requested.variant === undefined && requested.architecture === "arm";
	if (match === "exact" && readAs && candidate.platform.variant !== undefined) {
		options.onWarning?.(`${subject}: no variant given, ${chosen} is used`, requested);
	}
}

/** Compares the configuration with the request. For variants, the index is more reliable. */
function checkConfig(
	subject: string,
	requested: Platform,
	{ descriptor: { digest }, manifest, config }: LoadedManifest,
	{ allowArchMismatch, onWarning }: ResolveOptions,
): void {
	const [wanted, configured] = [normalPlatform(requested), config.platform];
	const said = `the configuration of ${digest} says ${formatPlatform(configured)}`;
	if (configured.os !== "" && configured.os !== wanted.os) {
		throw new OciError("ERR_PLATFORM_MISMATCH", `${subject}: check platform: ${said}`);
	}
	if (configured.architecture !== "" && configured.architecture !== wanted.architecture) {
		if (!allowArchMismatch)
			throw new OciError("ERR_PLATFORM_MISMATCH", `${subject}: check platform: ${said}`);
		onWarning?.(`${subject}: ${said}; allowed by --allow-arch-mismatch`, requested);
	} else if (configured.os === "" || configured.architecture === "") {
		onWarning?.(`${subject}: ${said}; it is taken for the platform that was asked for`, requested);
	} else if (isHigherVariant(configured, wanted)) {
		onWarning?.(`${subject}: ${said}; the index decides`, requested);
	}
	if (config.diffIds.length !== manifest.layers.length) {
		const reason = `expected ${manifest.layers.length} diff_ids, one for each layer, got ${config.diffIds.length}`;
		throw new OciError("ERR_IMAGE_CONFIG", `${subject}: check configuration of ${digest}: ${reason}`);
	}
}

function isHigherVariant(configured: Platform, wanted: Platform): boolean {
	if (configured.variant === undefined) return false;
	return variantLevel(configured.variant) > variantLevel(effectiveVariant(wanted));
}

function imageLayer(source: ImageSource, descriptor: Descriptor, diffId: Digest): ImageLayer {
	return {
		descriptor,
		diffId,
		open(signal) {
			const embedded = embeddedContent(descriptor);
			return embedded === undefined ? source.openBlob(descriptor, signal) : single(embedded);
		},
		openFile: async (signal) =>
			embeddedContent(descriptor) === undefined ? source.openFile?.(descriptor, signal) : undefined,
	};
}

async function* single(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
	if (bytes.length > 0) yield bytes;
}

function missingError(
	source: ImageSource,
	missing: readonly Platform[],
	candidates: readonly Candidate[],
	absent: readonly Platform[],
): OciError {
	const wanted = missing.map(formatPlatform).join(", ") || "a platform that can be used";
	const offered = [...new Set(candidates.map(({ platform }) => formatPlatform(platform)))];
	const shown = offered.slice(0, MAX_OFFERED).join(", ") || "no image at all";
	const more = offered.length > MAX_OFFERED ? ` and ${offered.length - MAX_OFFERED} more` : "";
	const names = absent.slice(0, MAX_OFFERED).map(formatPlatform).join(", ");
	const without = names === "" ? "" : `; its index also names ${names}, but their files are missing`;
	const isUnnamed = candidates.some(({ platform }) => platform.os === "" || platform.architecture === "");
	const hint = isUnnamed ? " (its configuration names none: --platform says which one it is for)" : "";
	const message = `${source.name}: choose platform: no image for ${wanted}, it has ${shown}${more}${hint}${without}`;
	return new OciError("ERR_PLATFORM_MISSING", message);
}
