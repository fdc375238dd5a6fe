import {
	formatOptionsOf,
	type Input,
	openInput,
	parseInput,
	type Run,
	type RunSettings,
	withTree,
} from "../container/index.js";
import { type Content, contentSha256 } from "../ground/bytes/index.js";
import { commitAll, PendingFile } from "../ground/files/index.js";
import type { Platform } from "../image/oci/index.js";
import type { RootfsTree } from "../image/rootfs/index.js";
import type { ImageStats } from "../squashfs/format/index.js";
import { applyFormatOptions, type FormatOptions } from "../squashfs/options/index.js";
import { writeImage } from "../squashfs/write/index.js";
import { withRun } from "./run.js";

export interface SquashfsRequest {
	/** `dir:TREE`, `tar:FILE`, or any IMAGE; taken as it is. */
	readonly source: string;
	/** For images of several platforms. */
	readonly platform?: Platform | undefined;
	/** Where the squashfs is written. */
	readonly path: string;
	/** mksquashfs's options, as words. */
	readonly options?: readonly string[] | undefined;
	/** Whether `path` may be a block device, which loses what it holds. */
	readonly overwriteDevice?: boolean | undefined;
	/** Reads the image again for its digest. */
	readonly digest?: boolean | undefined;
}

export interface SquashfsResult extends ImageStats {
	readonly path: string;
	/** Lower-case hex SHA-256 of the image, if it was asked for. */
	readonly sha256: string | undefined;
}

/** Makes a squashfs of a tree, an archive or an image: nothing is added to it, nothing taken away. */
export async function makeSquashfs(request: SquashfsRequest, settings: RunSettings): Promise<SquashfsResult> {
	return withRun(settings, async (run) => {
		const format = formatOptionsOf(run, request.options);
		const input = parseInput(request.source);
		const opened = await openInput(run, input, request.platform && [request.platform]);
		return withTree(run, opened, { findings: run.findings() }, (tree) =>
			writeSquashfs(run, tree, format, input, request),
		);
	});
}

async function writeSquashfs(
	run: Run,
	tree: RootfsTree,
	format: FormatOptions,
	input: Input,
	{ path, overwriteDevice, digest }: SquashfsRequest,
): Promise<SquashfsResult> {
	const { onProgress, onWarning, signal, cacheDirectory } = run.settings;
	// The files of a directory have to be hashed for it, which is lost when nothing is kept.
	const inPlace = input.kind === "rootfs" && input.location.kind === "dir";
	const pays = cacheDirectory !== undefined || !inPlace;
	const file = PendingFile.create(path, { output: { overwriteDevice } });
	try {
		const stats = await writeImage(applyFormatOptions(tree, format), file, format.image, {
			pool: run.pool(format.image),
			store: pays ? run.blocks : undefined,
			signal,
			onProgress: (done, total) => onProgress?.({ platform: path, phase: "compress", done, total }),
		});
		for (const warning of stats.warnings) onWarning?.(warning);
		const image: Content = { size: stats.size, read: (target, at) => file.read(target, at) };
		const sha256 = digest ? contentSha256(image) : undefined;
		await commitAll([file]);
		return { ...stats, path, sha256 };
	} finally {
		file.discard();
	}
}
