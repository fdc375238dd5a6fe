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

/** The container that another one lies on. */
export interface Below {
	readonly manifest: SourceManifest;
	/** Makes its root file system, unless it is there already. */
	settle(): Promise<SettledBase>;
}

export interface SettledBase {
	readonly image: StateObject;
	/** Whether it is the one that the container above was made over before. */
	readonly unchanged: boolean;
}

/**
 * Returns an image file that is good as it is.
 * @param digest what src.json says that it has to be made of; undefined where src.json does not say it.
 */
export type Reuse = (file: RootFile, digest: string | undefined) => StateObject | undefined;

/** What the images of a container are made by. */
export interface ImagesRequest {
	readonly name: string;
	readonly below?: ((base: string) => Below) | undefined;
	readonly reuse?: Reuse | undefined;
}

/** An image file of a container. */
export interface ContainerImage {
	readonly file: RootFile;
	readonly content: StateObject;
	/** Absent for one that was good as it was. */
	readonly made?: MadeImage | undefined;
	readonly opened?: OpenedInput | undefined;
}

/**
 * Makes the image files that a src.json asks for: `root.squashfs`; over a base `root.ovl.squashfs`; both
 * of a container that was patched.
 */
export async function makeImages(
	run: Run,
	manifest: SourceManifest,
	input: ContainerInput,
	request: ImagesRequest,
	below: Below | undefined,
): Promise<ContainerImage[]> {
	if (isUnrecorded(manifest) && input.opened === undefined && request.reuse !== undefined) {
		return (["root.squashfs", "root.ovl.squashfs"] as const).flatMap(
			(file) => reused(request, file, undefined) ?? [],
		);
	}
	if (below !== undefined) return [await overlayImage(run, manifest, input, request, await below.settle())];
	if (manifest.dockerOvlDigest === undefined) return [await rootImage(run, manifest, input, request)];
	const root = await patchedRoot(run, manifest, input, request);
	const settled = { image: root.content, unchanged: root.made === undefined };
	return [root, await overlayImage(run, manifest, input, request, settled)];
}

/** Makes the `root.squashfs` that a src.json without an overlay records: of a base, say. */
export async function makeRoot(run: Run, manifest: SourceManifest, at: RecordedAt): Promise<StateObject> {
	const opened = await openRecorded(run, manifest, at);
	return image("root.squashfs", await makeRootImage(run, opened, withConfig(manifest, opened)), opened)
		.content;
}

/** Whether a src.json names nothing that images could be made of, as of a container out of another package. */
function isUnrecorded({ dockerDigest, dockerName, rootfsUrl }: SourceManifest): boolean {
	return dockerDigest === undefined && dockerName === undefined && rootfsUrl === undefined;
}

/**
 * Looks up the container that `base` of a src.json names.
 * @throws BuildError ERR_BUILD_REQUEST for one that nothing can lie on.
 */
export function findBelow({ base }: SourceManifest, { name, below }: ImagesRequest): Below | undefined {
	if (base === undefined) return undefined;
	const found = base === name ? undefined : below?.(base);
	if (found?.manifest.dockerDigest !== undefined && found.manifest.base === undefined) return found;
	const reason = "expected a container with docker_digest and without a base of its own";
	throw new BuildError("ERR_BUILD_REQUEST", `${name}: base ${base}: ${reason}`);
}

function reused({ reuse }: ImagesRequest, file: RootFile, digest: string | undefined) {
	const content = reuse?.(file, digest);
	return content && { file, content };
}

async function rootImage(
	run: Run,
	manifest: SourceManifest,
	input: ContainerInput,
	request: ImagesRequest,
): Promise<ContainerImage> {
	const { dockerDigest, rootfsUrl } = manifest;
	const isKnown = dockerDigest !== undefined || rootfsUrl !== undefined;
	const good = isKnown && reused(request, "root.squashfs", dockerDigest);
	if (good) return good;
	const opened = await input.open(manifest);
	return image("root.squashfs", await makeRootImage(run, opened, withConfig(manifest, opened)), opened);
}

/** The whole root file system of a container whose changes since then lie in an overlay. */
async function patchedRoot(
	run: Run,
	{ dockerOvlDigest: _, ...own }: SourceManifest,
	{ at }: ContainerInput,
	request: ImagesRequest,
): Promise<ContainerImage> {
	const good = own.dockerDigest !== undefined && reused(request, "root.squashfs", own.dockerDigest);
	if (good) return good;
	const opened = await openRecorded(run, own, at);
	return image("root.squashfs", await makeRootImage(run, opened, withConfig(own, opened)), opened);
}

async function overlayImage(
	run: Run,
	manifest: SourceManifest,
	input: ContainerInput,
	request: ImagesRequest,
	below: SettledBase,
): Promise<ContainerImage> {
	const { dockerOvlDigest } = manifest;
	const mayStay = below.unchanged && dockerOvlDigest !== undefined;
	const good = mayStay && reused(request, "root.ovl.squashfs", dockerOvlDigest);
	if (good) return good;
	const opened = await input.open(manifest);
	if (opened.kind === "rootfs") {
		const reason = "expected an image (a root file system is a whole one)";
		throw new BuildError("ERR_BUILD_REQUEST", `${request.name}: lay over its base: ${reason}`);
	}
	return image(
		"root.ovl.squashfs",
		await makeOverlayImage(run, opened, withConfig(manifest, opened), below.image),
		opened,
	);
}

function image(file: RootFile, made: MadeImage, opened: OpenedInput): ContainerImage {
	const { content, sha256, size } = made;
	return { file, content: { size, read: content.read, sha256 }, made, opened };
}
