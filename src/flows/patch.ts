import type { OpenedSide } from "../compare/report/index.js";
import {
	BuildError,
	type Container,
	type ContainerRequest,
	makeContainer,
	type OpenedInput,
	type Run,
} from "../container/index.js";
import { contentSha256 } from "../ground/bytes/index.js";
import { isJsonObject } from "../ground/json/index.js";
import { formatPlatform, type Platform } from "../image/oci/index.js";
import type { StateObject } from "../pantavisor/package/index.js";
import { findLabel } from "../pantavisor/project/index.js";
import { parseSourceManifest, type SourceManifest } from "../pantavisor/source/index.js";
import { objectReference } from "../pantavisor/state/index.js";
import type { PatchRequest } from "./requests.js";

/** The root file system that devices have of a container. */
export interface OldRoot {
	/** Digest of the image that it was made of. */
	readonly digest: string;
	readonly image: StateObject;
}

/** Returns the label of a platform, or its own name where it has no label. */
export function platformName(platform: Platform): string {
	return findLabel(platform) ?? formatPlatform(platform);
}

/** Finds the old packages of a run by platform, and frees them at its end. */
export class OldPackages {
	readonly #run: Run;
	readonly #request: PatchRequest | undefined;
	readonly #opened: Map<string, Promise<OpenedSide>> = new Map();

	constructor(run: Run, request: PatchRequest | undefined) {
		this.#run = run;
		this.#request = request;
	}

	/**
	 * Returns the whole root file system of a container in the old package: never an overlay, so that a
	 * device has one layer over it, and no more.
	 * @throws BuildError ERR_BUILD_REQUEST when there is no package for the platform, or its object is damaged.
	 */
	async root(platform: string, name: string): Promise<OldRoot | undefined> {
		if (this.#request === undefined) return undefined;
		const side = await this.#open(this.#request.from, platform);
		const source = side.state.get(`${name}/src.json`);
		const sha256 = objectReference(side.state.get(`${name}/root.squashfs`));
		const content = sha256 === undefined ? undefined : side.objects.get(sha256);
		if (!isJsonObject(source) || sha256 === undefined || content === undefined) {
			this.#run.note(`${name}: ${side.name} has no root.squashfs of it: the image is made as a whole`);
			return undefined;
		}
		const got = contentSha256(content);
		if (got !== sha256) throw refused(side.name, `${name}/root.squashfs: expected ${sha256}, got ${got}`);
		const { dockerDigest } = parseSourceManifest(source, `${side.name}: ${name}/src.json`);
		if (dockerDigest === undefined) {
			this.#run.note(
				`${name}: ${side.name}: its src.json has no docker_digest: the image is made as a whole`,
			);
			return undefined;
		}
		return { digest: dockerDigest, image: { sha256, size: content.size, read: content.read.bind(content) } };
	}

	async #open(from: string, platform: string): Promise<OpenedSide> {
		const { findSides, openSide } = await import("../compare/report/index.js");
		const found = findSides(from);
		const side =
			found.find((each) => each.platform === platform) ?? (found.length === 1 ? found[0] : undefined);
		if (side === undefined || (side.platform !== "" && side.platform !== platform)) {
			throw refused(from, `expected a package for ${platform}`);
		}
		const known = this.#opened.get(side.path);
		if (known !== undefined) return known;
		const opened = openSide(side, this.#run.settings);
		this.#opened.set(side.path, opened);
		return opened;
	}

	async close(): Promise<void> {
		for (const opened of await Promise.allSettled(this.#opened.values())) {
			if (opened.status === "fulfilled") opened.value.close();
		}
	}
}

function refused(subject: string, reason: string): BuildError {
	return new BuildError("ERR_BUILD_REQUEST", `${subject}: patch from: ${reason}`);
}

/** Runs `use` with the old packages of a request, and frees them. */
export async function withOldPackages<T>(
	run: Run,
	request: PatchRequest | undefined,
	use: (olds: OldPackages) => Promise<T>,
): Promise<T> {
	const olds = new OldPackages(run, request);
	try {
		return await use(olds);
	} finally {
		await olds.close();
	}
}

/**
 * Makes a container over the root file system that devices have, if what differs is little; else as a
 * whole. Both are decided by sizes alone, so that equal inputs give equal packages.
 */
export async function makePatched(
	run: Run,
	manifest: SourceManifest,
	opened: OpenedInput | undefined,
	request: ContainerRequest,
	{ old, limit = 100 }: { readonly old: OldRoot | undefined; readonly limit?: number | undefined },
): Promise<Container> {
	const { dockerDigest, dockerOvlDigest, base } = manifest;
	const isWhole = dockerOvlDigest === undefined && base === undefined && opened?.kind !== "rootfs";
	if (old === undefined || dockerDigest === undefined || !isWhole) {
		return makeContainer(run, manifest, opened, request);
	}
	const reuse: ContainerRequest["reuse"] = (file, digest) =>
		file === "root.squashfs" && digest === old.digest ? old.image : undefined;
	if (dockerDigest === old.digest) {
		// A kept object was never examined, so an SBOM needs the image made again.
		const isKept = run.ports.observer === undefined;
		return makeContainer(run, manifest, opened, isKept ? { ...request, reuse } : request);
	}
	const layered = { ...manifest, dockerDigest: old.digest, dockerOvlDigest: dockerDigest };
	const container = await makeContainer(run, layered, opened, { ...request, reuse });
	const overlay = container.part.objects.get(`${request.name}/root.ovl.squashfs`)?.size ?? 0;
	const percent = Math.round((1000 * overlay) / old.image.size) / 10;
	const numbers = `an overlay of ${overlay} bytes over ${old.image.size}, ${percent} %`;
	if (percent <= limit) {
		run.note(`${request.name}: ${numbers}: only the overlay is new`);
		return container;
	}
	run.note(`${request.name}: ${numbers}, more than ${limit} %: the image is made as a whole`);
	return makeContainer(run, manifest, opened, request);
}
