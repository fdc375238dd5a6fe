import { type ByteString, type Content, displayByteString } from "../../ground/bytes/index.js";
import type { Directory, Inode, RootfsTree } from "../rootfs/index.js";
import { comparesContents, equalAttributes, equalInodes, listNames, type Names } from "./equality.js";
import { OverlayError } from "./errors.js";
import { createWhiteout, isOpaque, isWhiteout, withOpaque } from "./markers.js";

interface Trees {
	readonly baseNames: Names;
	readonly targetNames: Names;
	/** Time of whiteouts, in seconds since 1970. */
	readonly time: number;
}

/**
 * Returns the overlay with which overlayfs, over `base`, shows `target`: every node that is new or differs in kind,
 * mode, owner, extended attributes, link target, device numbers or content; a whiteout for every node that is gone;
 * and the directories above these, with the target's attributes. A different time alone is no change. Hard links
 * stay together: if one name of an inode is in the overlay, all are.
 *
 * @throws OverlayError ERR_OVERLAY_MARKER when the target has a node that overlayfs would interpret as a mark of
 *   its own.
 */
export function createOverlay(base: RootfsTree, target: RootfsTree, time: number): RootfsTree {
	refuseMarkers(target);
	const trees = { baseNames: listNames(base), targetNames: listNames(target), time };
	const root = diffDirectory(base.root, target.root, "", trees);
	return { root: root ?? { kind: "directory", attributes: target.root.attributes, entries: new Map() } };
}

/** Returns the contents of `base` that `createOverlay` will read, in that order. */
export function comparedContents({ root: base }: RootfsTree, { root: target }: RootfsTree): Content[] {
	const compared: Content[] = [];
	const compare = (below: Directory, wanted: Directory): void => {
		for (const [name, inode] of wanted.entries) {
			const other = below.entries.get(name);
			if (other?.kind === "directory" && inode.kind === "directory") compare(other, inode);
			else if (other?.kind === "file" && inode.kind === "file" && comparesContents(other, inode)) {
				compared.push(other.content);
			}
		}
	};
	compare(base, target);
	return compared;
}

/** Returns the overlay's directory; undefined if nothing differs. */
function diffDirectory(
	base: Directory,
	target: Directory,
	path: string,
	trees: Trees,
): Directory | undefined {
	const entries = new Map<ByteString, Inode>();
	let kept = 0;
	for (const [name, wanted] of target.entries) {
		const place = `${path}/${name}`;
		const below = base.entries.get(name);
		const entry = below === undefined ? wanted : diffEntry(below, wanted, place, trees);
		if (entry !== undefined) entries.set(name, entry);
		// Nodes that overlayfs must merge with, or show from, the tree below.
		if (below !== undefined && (entry === undefined || mergesWith(below, wanted))) kept++;
	}
	const gone = [...base.entries.keys()].filter((name) => !target.entries.has(name));
	// overlayfs always merges the roots of its layers, even if they are marked opaque.
	const opaque = gone.length > 1 && kept === 0 && path !== "";
	if (!opaque) for (const name of gone) entries.set(name, createWhiteout(trees.time));
	if (entries.size === 0 && !opaque && equalAttributes(base.attributes, target.attributes)) return undefined;
	const attributes = opaque ? withOpaque(target.attributes) : target.attributes;
	return { kind: "directory", attributes, entries };
}

function diffEntry(below: Inode, wanted: Inode, path: string, trees: Trees): Inode | undefined {
	if (below.kind === "directory" && wanted.kind === "directory") {
		return diffDirectory(below, wanted, path, trees);
	}
	return equalInodes(below, wanted) && equalNames(below, wanted, trees) ? undefined : wanted;
}

function mergesWith(below: Inode, wanted: Inode): boolean {
	return below.kind === "directory" && wanted.kind === "directory";
}

/** Returns whether both inodes have the same names, so that the visible link count is right too. */
function equalNames(below: Inode, wanted: Inode, { baseNames, targetNames }: Trees): boolean {
	if (wanted.kind === "directory") return true;
	const [a, b] = [baseNames.get(below) ?? [], targetNames.get(wanted) ?? []];
	return a.length === b.length && a.every((path, i) => path === b[i]);
}

function refuseMarkers(tree: RootfsTree): void {
	const open: (readonly [path: string, inode: Inode])[] = [["", tree.root]];
	for (let next = open.pop(); next !== undefined; next = open.pop()) {
		const [path, inode] = next;
		if (isWhiteout(inode) || (inode.kind === "directory" && isOpaque(inode))) {
			const subject = displayByteString(path as ByteString);
			throw new OverlayError(
				"ERR_OVERLAY_MARKER",
				`${subject}: overlay: is a mark of overlayfs, expected an ordinary entry`,
			);
		}
		if (inode.kind !== "directory") continue;
		for (const [name, child] of inode.entries) open.push([`${path}/${name}`, child]);
	}
}
