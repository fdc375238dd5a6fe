import { type ByteString, displayByteString } from "../../ground/bytes/index.js";
import type { Device, Directory, Inode, RootfsTree } from "../../image/rootfs/index.js";
import { type NamedContent, SquashfsError } from "../format/index.js";

const NAME_LIMIT = 255;
// Linux creates no longer ones, and a kernel that reads one truncates it.
const TARGET_LIMIT = 4095;
const MAJOR_LIMIT = 4095;
const MINOR_LIMIT = 1_048_575;

/** A directory with its entries in the order of the bytes of their names. */
export interface PlannedDirectory {
	readonly inode: Directory;
	readonly parent: Directory | undefined;
	readonly entries: readonly (readonly [name: ByteString, inode: Inode])[];
}

/** The order in which a tree is written, and properties of inodes that only the whole tree determines. */
export interface TreePlan {
	/** Every directory after all directories below it; the root is last. */
	readonly directories: readonly PlannedDirectory[];
	/** Every inode once, parents before children, names in byte order. */
	readonly inodes: readonly Inode[];
	/** Regular files of `inodes`, in their order. */
	readonly files: readonly NamedContent[];
	/** Numbers of inodes from 1, in the order in which they are written: entries of one directory follow each other. */
	readonly numbers: ReadonlyMap<Inode, number>;
	readonly links: ReadonlyMap<Inode, number>;
}

/**
 * Plans a tree.
 * @throws SquashfsError ERR_SQUASHFS_TREE when a name, a link target, a device or a directory cannot be stored.
 */
export function planTree(tree: RootfsTree): TreePlan {
	const walked = walk(tree.root);
	return { ...walked, numbers: numberInodes(walked.directories) };
}

// This uses a stack of its own, because directories of images may be deeper than calls can nest.
function walk(root: Directory): Omit<TreePlan, "numbers"> {
	const directories: PlannedDirectory[] = [];
	const inodes: Inode[] = [root];
	const files: NamedContent[] = [];
	const links = new Map<Inode, number>([[root, 2]]);
	const stack = [{ directory: planDirectory(root, undefined), next: 0 }];
	while (stack.length > 0) {
		const top = stack.at(-1)!;
		const entry = top.directory.entries[top.next++];
		if (entry === undefined) {
			directories.push(top.directory);
			stack.pop();
			continue;
		}
		const [name, inode] = entry;
		const known = links.get(inode);
		if (known === undefined) {
			inodes.push(inode);
			if (inode.kind === "file") files.push({ name, content: inode.content });
		}
		if (inode.kind === "directory") {
			if (known !== undefined) refuse(name, "expected one name for a directory, got a second one");
			links.set(inode, 2);
			links.set(top.directory.inode, links.get(top.directory.inode)! + 1);
			stack.push({ directory: planDirectory(inode, top.directory.inode), next: 0 });
		} else {
			links.set(inode, (known ?? 0) + 1);
		}
	}
	return { directories, inodes, files, links };
}

function planDirectory(inode: Directory, parent: Directory | undefined): PlannedDirectory {
	const entries = [...inode.entries].sort(([a], [b]) => (a < b ? -1 : 1));
	for (const [name, child] of entries) checkEntry(name, child);
	return { inode, parent, entries };
}

function checkEntry(name: ByteString, inode: Inode): void {
	if (name.length < 1 || name.length > NAME_LIMIT) {
		refuse(name, `expected 1 to ${NAME_LIMIT} bytes, got ${name.length}`);
	}
	if (name === "." || name === ".." || /[/\0]/.test(name)) refuse(name, "expected a file name");
	if (inode.kind === "symlink") checkTarget(name, inode.target);
	else if ("major" in inode) checkDevice(name, inode);
}

function checkTarget(name: ByteString, target: ByteString): void {
	if (target.length >= 1 && target.length <= TARGET_LIMIT) return;
	refuse(name, `expected a link target of 1 to ${TARGET_LIMIT} bytes, got ${target.length}`);
}

// Higher bits of one number would be lost, or change the other.
function checkDevice(name: ByteString, { major, minor }: Device): void {
	if (major <= MAJOR_LIMIT && minor <= MINOR_LIMIT) return;
	refuse(name, `expected device numbers up to ${MAJOR_LIMIT}:${MINOR_LIMIT}, got ${major}:${minor}`);
}

function refuse(name: ByteString, reason: string): never {
	throw new SquashfsError("ERR_SQUASHFS_TREE", `${displayByteString(name)}: store: ${reason}`);
}

function numberInodes(directories: readonly PlannedDirectory[]): ReadonlyMap<Inode, number> {
	const numbers = new Map<Inode, number>();
	for (const { entries } of directories) {
		for (const [, inode] of entries) {
			if (!numbers.has(inode)) numbers.set(inode, numbers.size + 1);
		}
	}
	const root = directories.at(-1)!.inode;
	return numbers.set(root, numbers.size + 1);
}
