import {
	BuildError,
	type BuildSettings,
	formatOptionsOf,
	openPlatforms,
	readRootfsTree,
	Workshop,
} from "../container/index.js";
import { type Content, contentSha256 } from "../ground/bytes/index.js";
import { PendingFile, Spool } from "../ground/files/index.js";
import type { Platform } from "../image/oci/index.js";
import { flatten, type RootfsTree } from "../image/rootfs/index.js";
import { isRootfsLocation, parseImageLocation } from "../image/sources/index.js";
import type { ImageStats } from "../squashfs/format/index.js";
import { applyFormatOptions, type FormatOptions } from "../squashfs/options/index.js";
import { writeImage } from "../squashfs/write/index.js";

export interface SquashfsRequest {
	/** `dir:TREE`, `tar:FILE`, or any IMAGE; taken as it is. */
	readonly source: string;
	/** For images of several platforms. */
	readonly platform?: Platform | undefined;
	/** Where the squashfs is written. */
	readonly path: string;
	/** mksquashfs's options, as words. */
	readonly options?: readonly string[] | undefined;
	/** Reads the image again for its digest. */
	readonly digest?: boolean | undefined;
}

export interface SquashfsResult extends ImageStats {
	readonly path: string;
	/** Lower-case hex SHA-256 of the image, if it was asked for. */
	readonly sha256: string | undefined;
}

/** Makes a squashfs of a tree, an archive or an image: nothing is added to it, nothing taken away. */
export async function makeSquashfs(
	request: SquashfsRequest,
	settings: BuildSettings,
): Promise<SquashfsResult> {
	const format = formatOptionsOf(settings, request.options);
	return Workshop.run(settings, async (workshop) => {
		const spool = Spool.create(settings.temporaryDirectory);
		try {
			const tree = await readSource(workshop, request, spool);
			return await writeSquashfs(workshop, tree, format, request);
		} finally {
			spool.close();
		}
	});
}

async function readSource(workshop: Workshop, request: SquashfsRequest, spool: Spool): Promise<RootfsTree> {
	const location = parseImageLocation(request.source);
	if (isRootfsLocation(location)) return readRootfsTree(workshop, location, spool);
	const { source, images } = await openPlatforms(
		workshop,
		request.source,
		request.platform && [request.platform],
	);
	const [image, ...others] = images;
	if (image === undefined || others.length > 0) {
		const reason = `expected one platform, got ${images.length} (--platform chooses)`;
		throw new BuildError("ERR_BUILD_PLATFORM", `${request.source}: choose image: ${reason}`);
	}
	const { time, maximumTime, onWarning, signal } = workshop.settings;
	source
		.prefetch(
			image.layers.map(({ descriptor }) => descriptor),
			signal,
		)
		.catch(() => {});
	return flatten(image.layers, spool, { time, maximumTime, onWarning, signal });
}

async function writeSquashfs(
	workshop: Workshop,
	tree: RootfsTree,
	format: FormatOptions,
	{ source, path, digest }: SquashfsRequest,
): Promise<SquashfsResult> {
	const { onProgress, onWarning, signal, cacheDirectory } = workshop.settings;
	// The files of a directory have to be hashed for it, which is lost when nothing is kept.
	const pays = cacheDirectory !== undefined || parseImageLocation(source).kind !== "dir";
	const file = PendingFile.create(path);
	try {
		const stats = await writeImage(applyFormatOptions(tree, format), file, format.image, {
			pool: workshop.pool(format.image),
			store: pays ? workshop.blocks : undefined,
			signal,
			onProgress: (done, total) => onProgress?.({ platform: path, phase: "compress", done, total }),
		});
		for (const warning of stats.warnings) onWarning?.(warning);
		const image: Content = { size: stats.size, read: (target, at) => file.read(target, at) };
		const sha256 = digest ? contentSha256(image) : undefined;
		file.commit();
		return { ...stats, path, sha256 };
	} finally {
		file.discard();
	}
}
