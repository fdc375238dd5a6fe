import { type ByteString, displayByteString } from "../../ground/bytes/index.js";
import type { TarEntry, TarEntryKind } from "../../ground/tar/index.js";
import { isFileCapability } from "./file-capability.js";
import type { Attributes } from "./inode.js";

/** Name spaces that squashfs can store. */
const STORED = /^(user|trusted|security)\./;
/** Kinds that may have attributes of users (xattr(7)). */
const USER_KINDS: ReadonlySet<TarEntryKind> = new Set(["file", "directory"]);
/** `(uid_t)-1`: to kernels, no id at all. */
const NO_ID = 0xffff_ffff;

type Attributed = Pick<TarEntry, "kind" | "mode" | "uid" | "gid" | "mtime" | "xattrs">;

/**
 * An entry's attributes as the image keeps them.
 * @param maximumTime times beyond are set to it, in seconds.
 * @param warn receives every extended attribute that is left out, and ids that are none to a kernel.
 */
export function entryAttributes(
	entry: Attributed,
	maximumTime: number,
	warn: (message: string) => void,
): Attributes {
	for (const id of ["uid", "gid"] as const) {
		if (entry[id] === NO_ID) warn(`${id} ${NO_ID} is kept, but is not an id to kernels`);
	}
	return {
		// No file system lets symlinks have a mode of their own.
		mode: entry.kind === "symlink" ? 0o777 : entry.mode,
		uid: entry.uid,
		gid: entry.gid,
		mtime: Math.min(entry.mtime, maximumTime),
		xattrs: entry.xattrs.size === 0 ? entry.xattrs : keptXattrs(entry, warn),
	};
}

function keptXattrs(entry: Attributed, warn: (message: string) => void): ReadonlyMap<ByteString, Uint8Array> {
	const kept = new Map<ByteString, Uint8Array>();
	for (const [name, value] of entry.xattrs) {
		const problem = xattrProblem(name, value, entry.kind);
		if (problem === undefined) kept.set(name, value);
		else warn(`extended attribute ${displayByteString(name)} left out: ${problem}`);
	}
	return kept;
}

function xattrProblem(name: ByteString, value: Uint8Array, kind: TarEntryKind): string | undefined {
	if (name.startsWith("trusted.overlay."))
		return "the device's overlayfs would take it for a mark of its own";
	if (name.startsWith("system.posix_acl_")) return "access lists are not supported";
	if (!STORED.test(name)) return "squashfs has no place for it";
	if (name.endsWith(".") && name.indexOf(".") === name.length - 1)
		return "its name ends after the name space";
	if (name === "security.capability" && !isFileCapability(value)) {
		return "it is not a file capability, and no kernel would start the program";
	}
	if (name.startsWith("user.") && !USER_KINDS.has(kind)) return `a ${kind} cannot have it`;
	return undefined;
}
