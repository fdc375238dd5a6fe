import { type Spool, streamContent } from "../../ground/files/index.js";
import { type FlattenOptions, type RootfsTree, readArchiveTree } from "../rootfs/index.js";
import { openPackedArchive } from "./archive-file.js";
import type { SourceContext } from "./context.js";
import type { RootfsLocation } from "./location.js";
import { checkRootfsDirectory } from "./naming.js";
import { isPretending, readPretendedDirectory } from "./pretended-directory.js";
import { readRootfsDirectory } from "./rootfs-directory.js";

/** Reads a root file system as it is: `dir:`, or `tar:` (a file, `-`, or inside a zip; maybe packed). */
export async function readRootfs(
	{ kind, path }: RootfsLocation,
	spool: Spool,
	context: SourceContext,
	options: FlattenOptions = {},
): Promise<RootfsTree> {
	const { hashThreads } = context;
	if (kind === "dir") checkRootfsDirectory(path);
	if (kind === "dir" && isPretending(context.environment)) {
		return await readPretendedDirectory(path, spool, context, options);
	}
	if (kind === "dir") return await readRootfsDirectory(path, { ...options, hashThreads });
	if (path === "-" && context.standardInput !== undefined) {
		return await readArchiveTree("standard input", context.standardInput, spool, options);
	}
	const file = await openPackedArchive(path, context);
	try {
		return await readArchiveTree(path, streamContent(file), spool, options);
	} finally {
		file.close();
	}
}
