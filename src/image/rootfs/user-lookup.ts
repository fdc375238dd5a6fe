import { type ByteString, byteString, contentBytes, utf8ByteString } from "../../ground/bytes/index.js";
import { RootfsError } from "./errors.js";
import { resolveFile } from "./file-lookup.js";
import type { RootfsTree } from "./inode.js";

/** Numbers of a user and a group. */
export interface UserNumbers {
	readonly uid: number;
	readonly gid: number;
}

/** Larger files of users are not lists of users. Bytes. */
const MOST_BYTES = 1 << 20;
/** The limit of container runtimes. */
const MOST_ID = 2 ** 31 - 1;

/**
 * Returns the numbers of `USER[:GROUP]` of an image, each a name or a number, as container runtimes look them
 * up: in /etc/passwd and /etc/group of the tree. A user without a group has that of its entry, else group 0.
 * @throws RootfsError ERR_ROOTFS_USER for a name that the tree does not have.
 */
export function lookUpUser(tree: RootfsTree, text: string): UserNumbers {
	const [user = "", group = ""] = utf8ByteString(text).split(/:(.*)/s);
	const entry = findEntry(tree, "etc/passwd", user || "0");
	const uid = numberOf(entry?.[2] ?? (user || "0"));
	if (uid === undefined) throw unknown(text, "etc/passwd", "user", user);
	if (group === "") return { uid, gid: numberOf(entry?.[3] ?? "0") ?? 0 };
	const gid = numberOf(findEntry(tree, "etc/group", group)?.[2] ?? group);
	if (gid === undefined) throw unknown(text, "etc/group", "group", group);
	return { uid, gid };
}

/** Returns the fields of the first line whose name, or whose number, is the one that is wanted. */
function findEntry(tree: RootfsTree, path: string, wanted: string): string[] | undefined {
	const inode = resolveFile(tree, path as ByteString);
	if (inode?.kind !== "file") return undefined;
	const { content } = inode;
	if (content.size > MOST_BYTES) {
		const reason = `expected a list of at most ${MOST_BYTES} bytes, got ${content.size}`;
		throw new RootfsError("ERR_ROOTFS_USER", `/${path}: look up ${wanted}: ${reason}`);
	}
	for (const line of byteString(contentBytes(content)).split("\n")) {
		const fields = line.trim().split(":");
		if (fields.length > 2 && (fields[0] === wanted || fields[2] === wanted)) return fields;
	}
	return undefined;
}

function numberOf(text: string): number | undefined {
	const value = /^\d{1,10}$/.test(text) ? Number(text) : undefined;
	return value !== undefined && value <= MOST_ID ? value : undefined;
}

function unknown(text: string, path: string, what: string, name: string): RootfsError {
	const reason = `/${path} of the image has no ${what} ${JSON.stringify(Buffer.from(name, "latin1").toString())}`;
	const remedy = `expected one that it has, or a number from 0 to ${MOST_ID} (--config User=1000:1000 says another one)`;
	return new RootfsError("ERR_ROOTFS_USER", `User ${JSON.stringify(text)}: look up: ${reason}, ${remedy}`);
}
