import type { Finding } from "../ground/findings/index.js";
import type { Platform } from "../image/oci/index.js";
import { createPart, type Part, type StateFile, type StateObject } from "../pantavisor/package/index.js";
import type { Compat, SourceManifest } from "../pantavisor/source/index.js";
import { PantavisorError } from "../pantavisor/state/index.js";
import { publicPlace } from "./address.js";
import { type ContainerEvidence, fileEvidence, imageEvidence } from "./evidence.js";
import { findIdentity } from "./identity.js";
import { type Below, type ContainerImage, findBelow, makeImages, type Reuse } from "./make-images.js";
import { complete, describe } from "./manifest.js";
import type { OpenedInput } from "./open.js";
import type { RootFile } from "./ports.js";
import { ContainerInput } from "./recorded.js";
import { checkContainer } from "./rules.js";
import type { Run } from "./run.js";

/** What a container is made from besides its src.json and its image: everything in which the flows differ. */
export interface ContainerRequest {
	readonly name: string;
	/** The file with the manifest, for messages. Default: `NAME/src.json`. */
	readonly subject?: string | undefined;
	/** Platforms to choose from, best first, where src.json does not record one. */
	readonly platforms?: readonly Platform[] | undefined;
	/** What the container has to run on, where src.json does not decide it. Default: the platform of its image. */
	readonly device?: Platform | undefined;
	/** Group of a container that names none. */
	readonly group?: string | undefined;
	readonly compat?: Compat | undefined;
	/** Further files, by their path below the container. */
	readonly files?: ReadonlyMap<string, StateFile> | undefined;
	/** Files laid over the root file system, by their path in it. */
	readonly overlay?: ReadonlyMap<string, StateFile> | undefined;
	/** Looks up the container that `base` of src.json names. Default: there is none. */
	readonly below?: ((base: string) => Below) | undefined;
	/** Returns an image file that need not be made again, if there is one. */
	readonly reuse?: Reuse | undefined;
	/** Returns the dm-verity files of an image, for containers that have it switched on. */
	readonly protect?: ((file: RootFile, image: StateObject) => ReadonlyMap<string, StateFile>) | undefined;
}

/** A container: its files, and how they came to be. */
export interface Container {
	readonly part: Part;
	/** The src.json with the digests and the configuration that making the container found. */
	readonly manifest: SourceManifest;
	readonly findings: readonly Finding[];
	readonly evidence: ContainerEvidence;
}

/**
 * Makes a container from its src.json: its images, its rendered files, and the findings of all rules. All
 * flows make their containers here.
 * @param opened the image, if the caller has opened it; otherwise the recorded one is opened when it is needed.
 * @throws BuildError; PantavisorError for a state that a device would refuse; whatever reading images throws.
 */
export async function makeContainer(
	run: Run,
	manifest: SourceManifest,
	opened: OpenedInput | undefined,
	request: ContainerRequest,
): Promise<Container> {
	const { name, group, compat, overlay, platforms, device, subject = `${name}/src.json` } = request;
	const findings = run.findings();
	const input = new ContainerInput(run, { subject, platforms, device }, opened);
	const base = findBelow(manifest, request);
	const based = base ? { ...manifest, dockerDigest: base.manifest.dockerDigest } : manifest;
	const images = await makeImages(run, based, request, { input, base });
	if (input.opened?.kind === "image") findings.add(...input.opened.findings);
	for (const { made } of images) findings.add(...(made?.findings ?? []));
	const named = withPinnedImage(run, based, input.opened, subject);
	const whole = await complete(run, withDigest(run, named, images, subject), subject, input.opened);
	const source = withoutSecrets(run, whole, subject);
	const contents = new Map(images.map(({ file, content }) => [file, content]));
	const files = withProtection(request, source, contents);
	const identity = await findIdentity(source, async () => ({
		...{ base: (await base?.settle())?.image, images: contents, overlay },
	}));
	const part = inFile(subject, () =>
		createPart({ name, source, group, compat, identity, images: contents, files, overlay }),
	);
	checkContainer(part, { name, source, group, compat }, findings);
	const evidence = {
		...{ name, manifest: source, images: images.map(imageEvidence) },
		files: fileEvidence(request),
	};
	return { part, manifest: source, findings: findings.list, evidence };
}

/** Names the file whose rendering failed, as a project has many with the same arguments. */
function inFile(subject: string, render: () => Part): Part {
	try {
		return render();
	} catch (error) {
		if (!(error instanceof PantavisorError) || error.message.startsWith(subject)) throw error;
		throw new PantavisorError(error.code, `${subject}: ${error.message}`, { cause: error });
	}
}

/** Replaces the name, digest and configuration that src.json records by those of a pinned image. */
function withPinnedImage(
	run: Run,
	manifest: SourceManifest,
	opened: OpenedInput | undefined,
	subject: string,
): SourceManifest {
	if (opened?.kind !== "image" || !opened.pinned) return manifest;
	const { dockerName, dockerTag, dockerDigest: digest, dockerConfig } = describe(opened, {});
	// The own image of an overlay is in another member: docker_digest is that of its base.
	const isOverlay = manifest.dockerOvlDigest !== undefined;
	const before = isOverlay ? manifest.dockerOvlDigest : manifest.dockerDigest;
	if (digest === before && dockerTag === manifest.dockerTag) return manifest;
	const member = isOverlay ? "docker_ovl_digest" : "docker_digest";
	run.note(`${subject}: ${member}: the lock has ${digest}, which is used instead of ${before}`);
	const named = { ...manifest, dockerName, dockerTag, dockerConfig };
	return isOverlay ? { ...named, dockerOvlDigest: digest } : { ...named, dockerDigest: digest };
}

/**
 * Renews `rootfs_digest`, and notes the change. It is the digest of the made image, so that it depends on the
 * program and its options too.
 */
function withDigest(
	run: Run,
	manifest: SourceManifest,
	images: readonly ContainerImage[],
	subject: string,
): SourceManifest {
	const made = images.find(({ opened }) => opened?.kind === "rootfs");
	if (made === undefined) return manifest;
	const [before, rootfsDigest] = [manifest.rootfsDigest, `sha256:${made.content.sha256}`];
	if (before !== undefined && before !== rootfsDigest) {
		run.note(`${subject}: rootfs_digest: ${before} is now ${rootfsDigest}`);
	}
	return { ...manifest, rootfsDigest };
}

/** Removes passwords and queries from the addresses in src.json: they may be secrets, and packages are public. */
function withoutSecrets(run: Run, manifest: SourceManifest, subject: string): SourceManifest {
	const named = [
		["rootfs_url", "rootfsUrl"],
		["pvr", "pvr"],
	] as const;
	const changed = named.flatMap(([member, name]) => {
		const [before, after] = [manifest[name], publicPlace(manifest[name] ?? "")];
		if (before === undefined || before === after) return [];
		const reason = "the package has the address without its password and query, as they may be secret";
		run.settings.onWarning?.(`${subject}: ${member}: ${reason}: ${after}`);
		return [[name, after] as const];
	});
	return changed.length === 0 ? manifest : { ...manifest, ...Object.fromEntries(changed) };
}

/** Adds the missing dm-verity files of the images for which src.json enables dm-verity. */
function withProtection(
	{ files = new Map(), protect }: ContainerRequest,
	{ dmEnabled }: SourceManifest,
	images: ReadonlyMap<RootFile, StateObject>,
): ReadonlyMap<string, StateFile> {
	const protectedImages = [...images].filter(
		([file]) => dmEnabled?.get(file) && !files.has(`_dm/${file}.json`),
	);
	return new Map([...files, ...protectedImages.flatMap((entry) => [...(protect?.(...entry) ?? [])])]);
}
