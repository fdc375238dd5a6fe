import type { ByteString } from "../../ground/bytes/index.js";
import type { Attributes, RootfsTree } from "./inode.js";
import { implicitAttributes } from "./layer-application.js";
import { EntryFault, type Place, resolveDirectory, splitPath } from "./path-resolution.js";
import { TreeDraft } from "./tree-draft.js";

/** What pvr makes sure of, in its order; scratch directories get the mode that programs expect. */
const STRUCTURE: readonly (readonly [path: string, mode: number])[] = [
	["proc", 0o755],
	["sys", 0o755],
	["dev", 0o755],
	["tmp", 0o1777],
	["var/tmp", 0o1777],
	["run", 0o755],
	["var/run", 0o755],
];

const QEMU = "usr/bin/qemu-arm-static";

export interface StructureOptions {
	/** Modification time of the directories made, in seconds. */
	readonly time: number;
	/** Whether the emulator that cross builds leave behind is removed. */
	readonly stripQemu: boolean;
}

/**
 * Returns a root file system finished as pvr does it (docs/formats/pvr.md#after-the-last-layer): with the directories
 * that a container needs. Existing entries of these names are left alone, symlinks too. The given tree is not changed.
 */
export function finishRootfs(tree: RootfsTree, { time, stripQemu }: StructureOptions): RootfsTree {
	const draft = new TreeDraft(tree);
	if (stripQemu) removeFile(draft, QEMU);
	for (const [path, mode] of STRUCTURE) makeMissing(draft, path, mode, time);
	return draft.keep();
}

function makeMissing(draft: TreeDraft, path: string, mode: number, time: number): void {
	const { place, name } = findParent(draft, path);
	if (place === undefined || (place.missing.length === 0 && place.directory.entries.has(name))) return;
	const attributes = (bits: number): Attributes => ({ ...implicitAttributes(time), mode: bits });
	const parent = place.missing.reduce(
		(above, below) => draft.makeDirectory(above, below, attributes(0o755)),
		draft.own(place),
	);
	draft.makeDirectory(parent, name, attributes(mode));
}

function removeFile(draft: TreeDraft, path: string): void {
	const { place, name } = findParent(draft, path);
	const found = place?.missing.length === 0 ? place.directory.entries.get(name) : undefined;
	if (found !== undefined && found.kind !== "directory") draft.own(place!).entries.delete(name);
}

/** Finds where a path's last name belongs. @returns no place where a file, or a loop of symlinks, is in the way. */
function findParent(
	draft: TreeDraft,
	path: string,
): { readonly place: Place | undefined; readonly name: ByteString } {
	const names = splitPath(path as ByteString);
	const name = names.pop()!;
	try {
		const place = resolveDirectory(draft.root, names);
		return { place: place.obstacle === undefined ? place : undefined, name };
	} catch (cause) {
		if (!(cause instanceof EntryFault)) throw cause;
		return { place: undefined, name };
	}
}
