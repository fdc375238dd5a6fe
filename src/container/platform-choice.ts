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
import { findLabel } from "../pantavisor/project/index.js";
import { BuildError } from "./errors.js";
import type { Findings } from "./findings.js";
import { found } from "./image-rules.js";
import type { ImageInput } from "./input.js";
import type { Run } from "./run.js";

/** The platforms for which an input is opened. */
export interface PlatformSelection {
	/** Absent or empty: those that the input has. */
	readonly platforms?: readonly Platform[] | undefined;
	/**
	 * `each`: one image for every platform. `only`: the same, and there must be one. `first`: one image,
	 * for the first platform that the input has.
	 */
	readonly take: "each" | "only" | "first";
	/** Leaves out the platforms of an image that no device has. */
	readonly devices?: boolean | undefined;
}

/** Chooses the images of a source by platform, and keeps what the choice found for each platform. */
export class PlatformChoice {
	/** For whoever resolves images of the source: findings are reported at once, and kept here. */
	readonly options: ResolveOptions;
	readonly #run: Run;
	readonly #source: ImageSource;
	readonly #findings: Map<string, Findings> = new Map();

	constructor(run: Run, source: ImageSource) {
		this.#run = run;
		this.#source = source;
		const { platformPolicy: policy, allowArchMismatch, signal } = run.settings;
		const onWarning = (text: string, requested: Platform): void => this.#addFinding(text, requested);
		this.options = { policy, allowArchMismatch, onWarning, signal };
	}

	/**
	 * Returns the images that a selection asks for.
	 * @throws BuildError ERR_BUILD_PLATFORM for none or several where there must be one; what the source throws.
	 */
	async images(input: ImageInput, { platforms = [], take, devices }: PlatformSelection): Promise<Image[]> {
		const takes = devices ? (platform: Platform) => isOfDevices(this.#run, input, platform) : undefined;
		const options = { ...this.options, recorded: isRecordedByDigest(input), takes };
		const images = await (take === "first" && platforms.length > 0
			? firstOf(this.#source, platforms, options)
			: resolveImages(this.#source, platforms.length > 0 ? platforms : undefined, options));
		if (take === "each" || images.length === 1) return images;
		const got = images.map(({ requested }) => formatPlatform(requested)).join(", ");
		const reason = `expected one platform, got ${got || "none"} (--platform chooses)`;
		throw new BuildError("ERR_BUILD_PLATFORM", `${input.text}: choose image: ${reason}`);
	}

	/** Returns what the choice for a requested platform found. */
	findings(requested: Platform): readonly Finding[] {
		return this.#findings.get(formatPlatform(requested))?.list ?? [];
	}

	#addFinding(text: string, requested: Platform): void {
		const { name } = this.#source;
		const platform = formatPlatform(requested);
		const subject = text.startsWith(`${name}: ${platform}: `) ? `${name}: ${platform}` : name;
		const list = this.#findings.get(platform) ?? this.#run.findings();
		this.#findings.set(platform, list);
		list.add(found("IMAGE_PLATFORM", subject, text.slice(subject.length + 2)));
	}
}

/** Returns the image of the first platform that the source has. */
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

function isRecordedByDigest({ recorded }: ImageInput): boolean {
	return recorded?.digest?.includes("@") ?? false;
}

function isOfDevices(run: Run, { text }: ImageInput, platform: Platform): boolean {
	const known = findLabel(platform) !== undefined;
	if (!known) run.note(`${text}: ${formatPlatform(platform)} is left out: no device has that platform`);
	return known;
}
