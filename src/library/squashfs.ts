import { makeSquashfs as makeFlow } from "../flows/index.js";
import { parsePlatform } from "../image/oci/index.js";
import { type MakeOptions, withSettings } from "./call.js";

/** What `makeSquashfs` takes. */
export interface SquashfsOptions extends MakeOptions {
	/** `dir:TREE`, `tar:FILE`, or an image as `exportImage` takes it. Its tree is used unchanged. */
	readonly source: string;
	/** Path of the image. The file appears whole, or not at all. */
	readonly path: string;
	/** Platform to choose from an image, as `os/arch[/variant]`. */
	readonly platform?: string | undefined;
	/** Options of mksquashfs, as words: `["-comp", "zstd", "-b", "256K"]`. */
	readonly options?: readonly string[] | undefined;
}

/** A squashfs that was made. */
export interface MadeSquashfs {
	/** Path of the image. */
	readonly path: string;
	/** Bytes of the file, padding included. */
	readonly size: number;
	/** SHA-256 of the file, in lower-case hex. */
	readonly sha256: string;
	/** Number of inodes; hard links count once. */
	readonly inodes: number;
}

/**
 * Makes a squashfs of a directory, an archive or an image. Nothing is added to it and nothing taken away: owners,
 * device nodes, set-uid bits and capabilities of archives and images survive without privileges.
 */
export async function makeSquashfs(options: SquashfsOptions): Promise<MadeSquashfs> {
	const { source, path, options: words, platform } = options;
	const chosen = platform === undefined ? undefined : parsePlatform(platform);
	const request = { source, path, options: words, platform: chosen, digest: true };
	const made = await withSettings(options, (settings) => makeFlow(request, settings));
	return { path, size: made.size, sha256: made.sha256!, inodes: made.inodes };
}
