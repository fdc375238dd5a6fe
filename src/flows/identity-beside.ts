import { dirname, join } from "node:path";
import { findIdentity } from "../container/index.js";
import { errorCode } from "../ground/bytes/index.js";
import { type FileContent, openFileContent, placeBelow, readFileIfPresent } from "../ground/files/index.js";
import type { UserNumbers } from "../image/rootfs/index.js";
import { type StateFile, stateFile } from "../pantavisor/package/index.js";
import type { SourceManifest } from "../pantavisor/source/index.js";

const IMAGES = ["root.squashfs", "root.ovl.squashfs"] as const;

/**
 * Returns the numbers of the image's User as the images beside a src.json have them, as in a checkout: those of
 * its directory, of its base, and files of `_config/NAME`. Undefined where none is asked for, or no image lies there.
 * @param name of the container.
 * @throws RootfsError ERR_ROOTFS_USER for a name that no file there has; BytesError for a link in the place of a file.
 */
export async function identityBeside(
	path: string,
	name: string,
	source: SourceManifest,
): Promise<UserNumbers | undefined> {
	const above = join(dirname(path), "..");
	const opened: FileContent[] = [];
	const open = (directory: string, file: string): FileContent | undefined => {
		const content = openIfPresent(placeBelow(directory, file));
		if (content !== undefined) opened.push(content);
		return content;
	};
	try {
		const base = source.base === undefined ? undefined : open(above, `${source.base}/root.squashfs`);
		const images = new Map(
			IMAGES.flatMap((file) => {
				const content = open(dirname(path), file);
				return content === undefined ? [] : [[file, content] as const];
			}),
		);
		if (opened.length === 0) return undefined;
		return await findIdentity(source, async () => ({ base, images, overlay: overlayBeside(above, name) }));
	} finally {
		for (const content of opened) content.close();
	}
}

function openIfPresent(path: string): FileContent | undefined {
	try {
		return openFileContent(path);
	} catch (error) {
		if (errorCode(error) === "ERR_FILE_NOT_FOUND") return undefined;
		throw error;
	}
}

/** Returns the lists of users that a checkout lays over the root of a container. */
function overlayBeside(above: string, name: string): Map<string, StateFile> {
	const lists = ["etc/passwd", "etc/group"].flatMap((list): [string, StateFile][] => {
		const bytes = readFileIfPresent(placeBelow(above, `_config/${name}/${list}`));
		return bytes === undefined ? [] : [[list, stateFile(list, bytes)]];
	});
	return new Map(lists);
}
