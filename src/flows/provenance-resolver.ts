import {
	type ImageInput,
	type ImageResolver,
	type PinnedImage,
	type PinnedInput,
	parseImageInput,
} from "../container/index.js";
import type { RecordedBuild } from "../evidence/attest/index.js";
import { type Image, type Platform, parseDigest, parsePlatform } from "../image/oci/index.js";

type LookUp = (input: ImageInput, platforms: readonly Platform[]) => Promise<Image[]>;
type Dependency = RecordedBuild["dependencies"][number];

/**
 * Decides by provenance which image a src.json means. A src.json has the digest of one platform; provenance
 * also has that of the index, from which the platform is chosen again, so that the choice is checked.
 */
export class ProvenanceResolver implements ImageResolver {
	readonly #dependencies: readonly Dependency[];

	constructor({ dependencies }: Pick<RecordedBuild, "dependencies">) {
		this.#dependencies = dependencies;
	}

	/** @returns undefined for an image that is not of a registry, or that provenance does not have. */
	async resolve(
		{ recorded }: ImageInput,
		platforms: readonly Platform[] | undefined,
		lookUp: LookUp,
	): Promise<PinnedInput | undefined> {
		const manifest = this.#manifestOf(recorded?.digest);
		const [requested] = platforms ?? [];
		if (manifest === undefined || recorded?.name === undefined || requested === undefined) return undefined;
		const name = { ...recorded.name, local: false };
		const index = this.#dependencies.find((one) => one.name === "index" && isSame(one, manifest));
		if (index === undefined) return { name, images: [recordedImage(manifest, requested)] };
		const text = `${name.familiarName}@${digestOf(index)}`;
		const [found] = await lookUp(parseImageInput(text), [requested]);
		return found && { name, index: found.index, images: [found] };
	}

	#manifestOf(digest: string | undefined): Dependency | undefined {
		const isIt = (one: Dependency): boolean => one.name === "manifest" && one.uri !== undefined;
		return this.#dependencies.find((one) => isIt(one) && digest?.endsWith(digestOf(one)));
	}
}

/** Whether two dependencies belong to one image file. */
function isSame({ annotations: a }: Dependency, { annotations: b }: Dependency): boolean {
	return a?.container === b?.container && a?.file === b?.file;
}

function recordedImage(manifest: Dependency, requested: Platform): PinnedImage {
	const platform = parsePlatform(manifest.annotations!.platform!);
	return { requested, platform, digest: parseDigest(digestOf(manifest)) };
}

function digestOf({ digest }: Dependency): string {
	return `sha256:${digest?.sha256}`;
}
