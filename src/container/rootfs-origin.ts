import { isDirectory, Spool } from "../ground/files/index.js";
import { formatPlatform, type Platform } from "../image/oci/index.js";
import { type RootfsTree, readArchiveTree } from "../image/rootfs/index.js";
import {
	isRootfsLocation,
	measureRootfs,
	parseImageLocation,
	type RootfsLocation,
	type RootfsSize,
	readRootfs,
} from "../image/sources/index.js";
import type { StateObject } from "../pantavisor/package/index.js";
import { rootfsSource, type SourceManifest, type SourceOptions } from "../pantavisor/source/index.js";
import { isUrl, openUrl, publicPlace } from "./download.js";
import { BuildError } from "./errors.js";
import { checkPrograms, formatOptionsOf, writeTree } from "./root-image.js";
import type { Workshop } from "./workshop.js";

/** `root.squashfs`, and `src.json` with what is known of it. */
export interface MadeRoot {
	readonly source: SourceManifest;
	readonly image: StateObject;
}

/** Where pvr's `--from` of a root file system leads: a directory, an archive or an address, prefix or none. */
export function parseRootfsPlace(text: string): RootfsLocation {
	if (isUrl(text)) return { kind: "tar", path: text };
	const named = /^(dir|tar):/.test(text) ? text : `${isDirectory(text) ? "dir" : "tar"}:${text}`;
	const location = parseImageLocation(named);
	if (isRootfsLocation(location)) return location;
	throw new TypeError(`${named}: expected a root file system`);
}

/** `src.json` of a root file system that nothing was made of yet: its place as pvr has it, no digest. */
export function sourceOfRootfs(
	{ path }: RootfsLocation,
	{ base, ...options }: SourceOptions,
): SourceManifest {
	if (base === undefined) return rootfsSource(publicPlace(path), options);
	const reason = "expected an image (a root file system is a whole one)";
	throw new BuildError("ERR_BUILD_REQUEST", `${path}: lay over ${base.name}: ${reason}`);
}

/**
 * Makes `root.squashfs` of a root file system taken as it is (spec/pvr-behaviour.md 4.8).
 * @param platform what its programs have to run on; unknown for a checkout, which may not say.
 */
export async function makeRootfsImage(
	workshop: Workshop,
	location: RootfsLocation,
	source: SourceManifest,
	platform: Platform | undefined,
): Promise<MadeRoot> {
	const { settings } = workshop;
	const format = formatOptionsOf(settings, source.formatOptions);
	const spool = Spool.create(settings.temporaryDirectory);
	try {
		const tree = await readRootfsTree(workshop, location, spool);
		if (platform !== undefined) checkPrograms(tree, platform, source, settings);
		const subject = platform === undefined ? publicPlace(location.path) : formatPlatform(platform);
		const image = await writeTree(workshop, tree, format, { subject });
		return { source: { ...source, rootfsDigest: `sha256:${image.sha256}` }, image };
	} finally {
		spool.close();
	}
}

/** The tree at a place; an archive may be at an address too. */
export function readRootfsTree(
	{ settings, sourceContext }: Workshop,
	location: RootfsLocation,
	spool: Spool,
): Promise<RootfsTree> {
	const { time, maximumTime, onWarning, signal } = settings;
	const options = { time, maximumTime, onWarning, signal };
	const { kind, path } = location;
	if (kind === "dir" || !isUrl(path)) return readRootfs(location, spool, sourceContext, options);
	return readArchiveTree(publicPlace(path), openUrl(path, settings), spool, options);
}

/**
 * How large a root file system is; unknown of what comes over the network or on standard input.
 * @throws BytesError, SourceError where there is none.
 */
export async function sizeOfRootfs(
	{ sourceContext }: Workshop,
	location: RootfsLocation,
): Promise<RootfsSize | undefined> {
	const passing = location.kind === "tar" && (isUrl(location.path) || location.path === "-");
	return passing ? undefined : measureRootfs(location, sourceContext);
}
