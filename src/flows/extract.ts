import { setImmediate as nextTurn } from "node:timers/promises";
import { type ByteString, displayByteString } from "../ground/bytes/index.js";
import type { DirectoryWriter, TreeWriter } from "../ground/files/index.js";
import { ExportError, MAXIMUM_UNPACKED } from "../pantavisor/package/index.js";
import { objectReference, type State } from "../pantavisor/state/index.js";
import { type ImageEntry, openImage, type SquashfsImage } from "../squashfs/read/index.js";

/** Where trees are in a checkout; pvr ignores everything below `.pv`. */
const PLACE = ".pv/rootfs";

/** How images are unpacked. */
export interface ExtractOptions {
	/** Most bytes that the files of all images may have. Default: what a package may unpack to. */
	readonly maximumUnpacked?: number | undefined;
	/** Receives what stays behind. */
	readonly onWarning: (message: string) => void;
}

/**
 * Unpacks every squashfs of a checkout that is being made into it, from the files in it: `.pv/rootfs/NAME/FILE/`.
 * Devices, sockets and extended attributes stay behind with a warning; owners need root.
 * @returns the keys of the images.
 * @throws SquashfsError for damaged images; ExportError ERR_PACKAGE_LIMIT; BytesError
 */
export async function extractImages(
	state: State,
	writer: DirectoryWriter,
	{ maximumUnpacked = MAXIMUM_UNPACKED, onWarning }: ExtractOptions,
): Promise<string[]> {
	const images = [...state.keys()].filter(
		(key) => key.endsWith(".squashfs") && objectReference(state.get(key)) !== undefined,
	);
	let left = maximumUnpacked;
	for (const key of images) {
		const content = writer.openFile(key);
		try {
			const image = openImage(content);
			const entries = [...image.entries()];
			left -= expandedBytes(entries);
			if (left < 0) throw tooLarge(key, maximumUnpacked);
			const lost = await extractImage(image, entries, writer.openTree(`${PLACE}/${key}`));
			if (lost.length > 0) onWarning(`${key}: not unpacked: ${summary(lost)}`);
		} finally {
			content.close();
		}
	}
	return images;
}

/** Returns the bytes of all files, of those with several names once. */
function expandedBytes(entries: readonly ImageEntry[]): number {
	const sizes = new Map(
		entries.flatMap((entry) => (entry.kind === "file" ? [[entry.number, entry.content.size]] : [])),
	);
	return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

function tooLarge(key: string, maximum: number): ExportError {
	const reason = `expected at most ${maximum} bytes in the files of all images, got more (raise it with --max-unpacked)`;
	return new ExportError("ERR_PACKAGE_LIMIT", `${key}: unpack: ${reason}`);
}

/** @returns what could not be made. */
async function extractImage(
	image: SquashfsImage,
	entries: readonly ImageEntry[],
	tree: TreeWriter,
): Promise<string[]> {
	const ahead = image.expandAhead(entries.flatMap((entry) => (entry.kind === "file" ? [entry.content] : [])));
	try {
		return await makeEntries(entries, tree);
	} finally {
		ahead.close();
	}
}

/** Entries after which timers and signals can run. */
const TURN_ENTRIES = 1 << 8;

/** @returns what could not be made. */
async function makeEntries(entries: readonly ImageEntry[], tree: TreeWriter): Promise<string[]> {
	const first = new Map<number, ByteString>();
	const lost: string[] = [];
	for (const [index, entry] of entries.entries()) {
		if (index % TURN_ENTRIES === 0) await nextTurn();
		const known = first.get(entry.number);
		if (known !== undefined && entry.kind !== "directory") tree.makeLink(entry.path, known);
		else if (!(await makeEntry(tree, entry))) {
			lost.push(`${displayByteString(entry.path)} (${entry.kind})`);
			continue;
		}
		first.set(entry.number, known ?? entry.path);
		if (entry.attributes.xattrs.size > 0) lost.push(`${displayByteString(entry.path)} (extended attributes)`);
	}
	tree.finish();
	return lost;
}

async function makeEntry(tree: TreeWriter, entry: ImageEntry): Promise<boolean> {
	switch (entry.kind) {
		case "directory":
			tree.makeDirectory(entry.path, entry.attributes);
			return true;
		case "file":
			await tree.writeFile(entry.path, entry.content, entry.attributes);
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
