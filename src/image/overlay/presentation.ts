import type { ByteString } from "../../ground/bytes/index.js";
import type { Directory, Inode, RootfsTree } from "../rootfs/index.js";
import { isOpaque, isWhiteout, withoutOpaque } from "./markers.js";

/** Returns the tree that overlayfs shows with `overlay` over `base`, which a second patch needs as its base. */
export function applyOverlay(base: RootfsTree, overlay: RootfsTree): RootfsTree {
	return { root: presentDirectory(base.root, overlay.root) };
}

function presentDirectory(base: Directory | undefined, overlay: Directory): Directory {
	const below = isOpaque(overlay) ? undefined : base;
	const entries = new Map<ByteString, Inode>(below?.entries);
	for (const [name, inode] of overlay.entries) {
		if (isWhiteout(inode)) entries.delete(name);
		else entries.set(name, presentInode(below?.entries.get(name), inode));
	}
	return { kind: "directory", attributes: withoutOpaque(overlay.attributes), entries };
}

function presentInode(below: Inode | undefined, inode: Inode): Inode {
	if (inode.kind !== "directory") return inode;
	return presentDirectory(below?.kind === "directory" ? below : undefined, inode);
}
