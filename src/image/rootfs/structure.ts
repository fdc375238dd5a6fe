import type { ByteString } from "../../ground/bytes/index.js";
import type { Directory, RootfsTree } from "./inode.js";
import { implicitAttributes } from "./layer-application.js";
import { resolveDirectory, splitPath } from "./path-resolution.js";

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
 * Makes a root file system as pvr finishes one (docs/formats/pvr.md#after-the-last-layer): the directories a
 * container needs are there. Existing entries of these names are left alone, symlinks too.
 */
export function finishRootfs(tree: RootfsTree, { time, stripQemu }: StructureOptions): void {
	if (stripQemu) removeFile(tree.root, QEMU);
	for (const [path, mode] of STRUCTURE) makeMissing(tree.root, path, mode, time);
}

function makeMissing(root: Directory, path: string, mode: number, time: number): void {
	const names = splitPath(path as ByteString);
	const { directory, missing, obstacle } = resolveDirectory(root, names.slice(0, -1));
	const name = names.at(-1)!;
	if (obstacle !== undefined || (missing.length === 0 && directory.entries.has(name))) return;
	const parent = missing.reduce((above, below) => makeDirectory(above, below, 0o755, time), directory);
	makeDirectory(parent, name, mode, time);
}

function makeDirectory(parent: Directory, name: ByteString, mode: number, time: number): Directory {
	const attributes = { ...implicitAttributes(time), mode };
	const directory: Directory = { kind: "directory", attributes, entries: new Map() };
	parent.entries.set(name, directory);
	return directory;
}

function removeFile(root: Directory, path: string): void {
	const names = splitPath(path as ByteString);
	const { directory, missing, obstacle } = resolveDirectory(root, names.slice(0, -1));
	const name = names.at(-1)!;
	const removable = obstacle === undefined && missing.length === 0;
	if (removable && directory.entries.get(name)?.kind !== "directory") directory.entries.delete(name);
}
