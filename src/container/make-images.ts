import type { StateObject } from "../pantavisor/package/index.js";
import type { SourceManifest } from "../pantavisor/source/index.js";
import { BuildError } from "./errors.js";
import { withConfig } from "./manifest.js";
import type { OpenedInput } from "./open.js";
import { makeOverlayImage } from "./overlay-image.js";
import type { MadeImage, RootFile } from "./ports.js";
import { type ContainerInput, openRecorded, type RecordedAt } from "./recorded.js";
import { makeRootImage } from "./root-image.js";
import type { Run } from "./run.js";

/** The base of a container. */
export interface Below {
	readonly manifest: SourceManifest;
	/** Makes its root file system, unless it exists already. */
	settle(): Promise<SettledBase>;
}

export interface SettledBase {
	readonly image: StateObject;
	/** Whether the overlay of the container above was made over this very image. */
	readonly unchanged: boolean;
}

/**
 * Returns an image file that need not be made again.
 * @param digest the image that the file must be made from; undefined where src.json does not record one.
 */
export type Reuse = (file: RootFile, digest: string | undefined) => StateObject | undefined;

/** How the images of a container are made. */
export interface ImagesRequest {
	readonly name: string;
	readonly below?: ((base: string) => Below) | undefined;
	readonly reuse?: Reuse | undefined;
}

/** An image file of a container. */
export interface ContainerImage {
	readonly file: RootFile;
	readonly content: StateObject;
	/** Absent for a file that was reused. */
	readonly made?: MadeImage | undefined;
	readonly opened?: OpenedInput | undefined;
}

/** What the images of a container are made from. */
export interface ImageSources {
	readonly input: ContainerInput;
	/** The base of the container; undefined for a container without one. */
	readonly base: Below | undefined;
}

/**
 * Makes the image files that a src.json asks for: `root.squashfs`; with a base `root.ovl.squashfs`; for a
 * patched container both.
 */
export async function makeImages(
	run: Run,
	manifest: SourceManifest,
	request: ImagesRequest,
	{ input, base }: ImageSources,
): Promise<ContainerImage[]> {
	const files = new ImageFiles(run, input, request);
	if (isUnrecorded(manifest) && input.opened === undefined && request.reuse !== undefined) {
		return files.allReused();
	}
	if (base !== undefined) return [await files.overlay(manifest, await base.settle())];
	if (manifest.dockerOvlDigest === undefined) return [await files.root(manifest)];
	const root = await files.patchedRoot(manifest);
	const settled = { image: root.content, unchanged: root.made === undefined };
	return [root, await files.overlay(manifest, settled)];
}

/** Makes the `root.squashfs` that a src.json without an overlay records, such as that of a base. */
export async function makeRoot(run: Run, manifest: SourceManifest, at: RecordedAt): Promise<StateObject> {
	return (await makeRootFile(run, manifest, await openRecorded(run, manifest, at))).content;
}

/** Whether a src.json records nothing to make images from, as for a container from another package. */
function isUnrecorded({ dockerDigest, dockerName, rootfsUrl }: SourceManifest): boolean {
	return dockerDigest === undefined && dockerName === undefined && rootfsUrl === undefined;
}

/**
 * Looks up the container that `base` of a src.json names.
 * @throws BuildError ERR_BUILD_REQUEST for a container that cannot be a base.
 */
export function findBelow({ base }: SourceManifest, { name, below }: ImagesRequest): Below | undefined {
	if (base === undefined) return undefined;
	const found = base === name ? undefined : below?.(base);
	if (found?.manifest.dockerDigest !== undefined && found.manifest.base === undefined) return found;
	const reason = "expected a container with docker_digest and without a base of its own";
	throw new BuildError("ERR_BUILD_REQUEST", `${name}: base ${base}: ${reason}`);
}

/** Makes the image files of one container, or reuses them. */
class ImageFiles {
	readonly #run: Run;
	readonly #input: ContainerInput;
	readonly #request: ImagesRequest;

	constructor(run: Run, input: ContainerInput, request: ImagesRequest) {
		this.#run = run;
		this.#input = input;
		this.#request = request;
	}

	/** Returns the files that can be reused whatever they were made from. */
	allReused(): ContainerImage[] {
		const files = ["root.squashfs", "root.ovl.squashfs"] as const;
		return files.flatMap((file) => this.#reused(file, undefined) ?? []);
	}

	async root(manifest: SourceManifest): Promise<ContainerImage> {
		const { dockerDigest, rootfsUrl } = manifest;
		const isRecorded = dockerDigest !== undefined || rootfsUrl !== undefined;
		const reused = isRecorded && this.#reused("root.squashfs", dockerDigest);
		return reused || makeRootFile(this.#run, manifest, await this.#input.open(manifest));
	}

	/** Returns the whole root file system of a container whose later changes are in an overlay. */
	async patchedRoot({ dockerOvlDigest: _, ...own }: SourceManifest): Promise<ContainerImage> {
		const reused = own.dockerDigest !== undefined && this.#reused("root.squashfs", own.dockerDigest);
		return reused || makeRootFile(this.#run, own, await openRecorded(this.#run, own, this.#input.at));
	}

	async overlay(manifest: SourceManifest, below: SettledBase): Promise<ContainerImage> {
		const { dockerOvlDigest } = manifest;
		const mayStay = below.unchanged && dockerOvlDigest !== undefined;
		const reused = mayStay && this.#reused("root.ovl.squashfs", dockerOvlDigest);
		if (reused) return reused;
		const opened = await this.#input.open(manifest);
		if (opened.kind === "rootfs") {
			const reason = "expected an image (a root file system is a whole one)";
			throw new BuildError("ERR_BUILD_REQUEST", `${this.#request.name}: lay over its base: ${reason}`);
		}
		const made = await makeOverlayImage(this.#run, opened, withConfig(manifest, opened), below.image);
		return imageFile("root.ovl.squashfs", made, opened);
	}

	#reused(file: RootFile, digest: string | undefined): ContainerImage | undefined {
		const content = this.#request.reuse?.(file, digest);
		return content && { file, content };
	}
}

async function makeRootFile(
	run: Run,
	manifest: SourceManifest,
	opened: OpenedInput,
): Promise<ContainerImage> {
	return imageFile("root.squashfs", await makeRootImage(run, opened, withConfig(manifest, opened)), opened);
}

function imageFile(file: RootFile, made: MadeImage, opened: OpenedInput): ContainerImage {
	const { content, sha256, size } = made;
	return { file, content: { size, read: content.read, sha256 }, made, opened };
}
