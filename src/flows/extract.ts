import { type ByteString, displayByteString } from "../ground/bytes/index.js";
import type { DirectoryWriter, TreeWriter } from "../ground/files/index.js";
import { objectReference, type State } from "../pantavisor/state/index.js";
import { type ImageEntry, openImage, type SquashfsImage } from "../squashfs/read/index.js";

/** Where trees are in a checkout; pvr ignores everything below `.pv`. */
const PLACE = ".pv/rootfs";

/**
 * Unpacks every squashfs of a checkout that is being made into it, from the files in it: `.pv/rootfs/NAME/FILE/`.
 * Devices, sockets and extended attributes stay behind with a warning; owners need root.
 * @returns the keys of the images.
 * @throws SquashfsError for damaged images; BytesError
 */
export function extractImages(
	state: State,
	writer: DirectoryWriter,
	onWarning: (message: string) => void,
): string[] {
	const images = [...state.keys()].filter((key) => key.endsWith(".squashfs"));
	return images.filter((key) => {
		if (objectReference(state.get(key)) === undefined) return false;
		const content = writer.openFile(key);
		try {
			const lost = extractImage(openImage(content), writer.openTree(`${PLACE}/${key}`));
			if (lost.length > 0) onWarning(`${key}: not unpacked: ${summary(lost)}`);
			return true;
		} finally {
			content.close();
		}
	});
}

/** @returns what could not be made. */
function extractImage(image: SquashfsImage, tree: TreeWriter): string[] {
	const entries = [...image.entries()];
	const ahead = image.expandAhead(entries.flatMap((entry) => (entry.kind === "file" ? [entry.content] : [])));
	try {
		return makeEntries(entries, tree);
	} finally {
		ahead.close();
	}
}

/** @returns what could not be made. */
function makeEntries(entries: readonly ImageEntry[], tree: TreeWriter): string[] {
	const first = new Map<number, ByteString>();
	const lost: string[] = [];
	for (const entry of entries) {
		const known = first.get(entry.number);
		if (known !== undefined && entry.kind !== "directory") tree.makeLink(entry.path, known);
		else if (!makeEntry(tree, entry)) {
			lost.push(`${displayByteString(entry.path)} (${entry.kind})`);
			continue;
		}
		first.set(entry.number, known ?? entry.path);
		if (entry.attributes.xattrs.size > 0) lost.push(`${displayByteString(entry.path)} (extended attributes)`);
	}
	tree.finish();
	return lost;
}

function makeEntry(tree: TreeWriter, entry: ImageEntry): boolean {
	switch (entry.kind) {
		case "directory":
			tree.makeDirectory(entry.path, entry.attributes);
			return true;
		case "file":
			tree.writeFile(entry.path, entry.content, entry.attributes);
			return true;
		case "symlink":
			tree.makeSymlink(entry.path, entry.target, entry.attributes);
			return true;
		default:
			return false;
	}
}

function summary(lost: readonly string[]): string {
	const shown = lost.slice(0, 5).join(", ");
	return lost.length > 5 ? `${shown} and ${lost.length - 5} more` : shown;
}
