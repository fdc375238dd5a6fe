import { contentPacking } from "../../ground/bytes/index.js";
import type { Directory, Inode } from "../rootfs/index.js";
import { openPackedArchive } from "./archive-file.js";
import type { SourceContext } from "./context.js";
import type { RootfsLocation } from "./location.js";
import { checkRootfs } from "./naming.js";
import { readRootfsDirectory } from "./rootfs-directory.js";

/** How large a root file system is before anything is made of it. */
export interface RootfsSize {
	/** Of the archive, maybe packed; of a directory, of all files. */
	readonly bytes: number;
	/** Whether an archive is compressed. */
	readonly packed: boolean;
	/** Whether file bodies are read where they are, and not spooled. */
	readonly inPlace: boolean;
}

/** Measures what `dir:` or `tar:` names; standard input is not one of them. @throws BytesError, SourceError */
export async function measureRootfs(
	{ kind, path }: RootfsLocation,
	context: SourceContext,
): Promise<RootfsSize> {
	await checkRootfs({ kind, path }, context);
	if (kind === "dir")
		return { bytes: treeSize((await readRootfsDirectory(path)).root), packed: false, inPlace: true };
	const file = await openPackedArchive(path, context);
	const size = { bytes: file.size, packed: contentPacking(file) !== undefined, inPlace: false };
	file.close();
	return size;
}

/** Bytes of all files, of those with several names once. */
function treeSize(root: Directory): number {
	const files = new Map<Inode, number>();
	const visit = (directory: Directory): void => {
		for (const inode of directory.entries.values()) {
			if (inode.kind === "directory") visit(inode);
			else if (inode.kind === "file") files.set(inode, inode.content.size);
		}
	};
	visit(root);
	return [...files.values()].reduce((sum, size) => sum + size, 0);
}
