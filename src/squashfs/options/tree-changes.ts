import { type ByteString, utf8ByteString } from "../../ground/bytes/index.js";
import type { Attributes, Directory, DirectoryDraft, Inode, RootfsTree } from "../../image/rootfs/index.js";
import type { ExcludePattern } from "./exclude-pattern.js";
import type { TreeChanges } from "./format-draft.js";
import type { FormatOptions } from "./format-options.js";
import { optionError } from "./option-values.js";

const LINK_LIMIT = 40;

/**
 * Returns a tree with the names, owners, modes and times that the format options ask for. The given tree is not
 * changed; it is returned itself if they ask for nothing.
 */
export function applyFormatOptions(tree: RootfsTree, { changes }: FormatOptions): RootfsTree {
	if (saysNothing(changes)) return tree;
	const copy = new TreeCopy(changes, excludedInodes(tree, changes));
	const root = copy.directory(tree.root);
	const stated = withoutUndefined(changes.root) as Partial<Attributes>;
	root.attributes = { ...root.attributes, ...stated, ...ownerAndTime(changes) };
	return { root };
}

function saysNothing({ excludedPaths, excludedPatterns, root, ...rest }: TreeChanges): boolean {
	const values = [...Object.values(root), ...Object.values(rest)];
	return excludedPaths.length + excludedPatterns.length === 0 && values.every((value) => value === undefined);
}

function withoutUndefined<T extends object>(values: T): Partial<T> {
	return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function ownerAndTime({ uid, gid, mtime }: TreeChanges): Partial<Attributes> {
	return withoutUndefined({ uid, gid, mtime }) as Partial<Attributes>;
}

/** Returns the owners of an inode after `-uid-gid-offset`. */
function movedOwners({ uid, gid }: Attributes, idOffset: number): Pick<Attributes, "uid" | "gid"> {
	return { uid: movedId(uid, idOffset), gid: movedId(gid, idOffset) };
}

function movedId(id: number, idOffset: number): number {
	if (id + idOffset < 2 ** 32) return id + idOffset;
	throw optionError("-uid-gid-offset", `expected sums below 2^32, got ${id} + ${idOffset}`);
}

/** A directory whose entries must be copied. */
interface Level {
	readonly from: Directory;
	readonly to: DirectoryDraft;
	/** Patterns that matched all levels down to here, and how many of their levels did. */
	readonly partial: readonly (readonly [ExcludePattern, number])[];
}

class TreeCopy {
	readonly #changes: TreeChanges;
	readonly #ownerAndTime: Partial<Attributes>;
	readonly #excluded: ReadonlySet<Inode>;
	readonly #anywhere: readonly (readonly [ExcludePattern, number])[];
	readonly #copies: Map<Inode, Inode> = new Map();

	constructor(changes: TreeChanges, excluded: ReadonlySet<Inode>) {
		this.#changes = changes;
		this.#ownerAndTime = ownerAndTime(changes);
		this.#excluded = excluded;
		const anywhere = changes.excludedPatterns.filter((pattern) => pattern.anywhere);
		this.#anywhere = anywhere.map((pattern) => [pattern, 0]);
	}

	directory(root: Directory): DirectoryDraft {
		const to = this.#copy(root) as DirectoryDraft;
		const anchored = this.#changes.excludedPatterns.filter((pattern) => !pattern.anywhere);
		const levels: Level[] = [{ from: root, to, partial: anchored.map((pattern) => [pattern, 0]) }];
		for (let level = levels.pop(); level; level = levels.pop()) levels.push(...this.#entries(level));
		return to;
	}

	/** Copies the entries of one directory. @returns its subdirectories. */
	#entries({ from, to, partial }: Level): readonly Level[] {
		const below: Level[] = [];
		for (const [name, inode] of from.entries) {
			if (this.#excluded.has(inode)) continue;
			const matches = [...partial, ...this.#anywhere].filter(([{ names }, at]) => names[at]!(name));
			if (matches.some(([{ names }, at]) => at === names.length - 1)) continue;
			const copy = this.#copy(inode);
			to.entries.set(name, copy);
			if (inode.kind !== "directory") continue;
			const deeper = matches.map(([pattern, at]) => [pattern, at + 1] as const);
			below.push({ from: inode, to: copy as DirectoryDraft, partial: deeper });
		}
		return below;
	}

	#copy(inode: Inode): Inode {
		const known = this.#copies.get(inode);
		if (known) return known;
		const owners = movedOwners(inode.attributes, this.#changes.idOffset ?? 0);
		const attributes = { ...inode.attributes, ...owners, ...this.#ownerAndTime };
		const copy: Inode =
			inode.kind === "directory" ? { ...inode, attributes, entries: new Map() } : { ...inode, attributes };
		this.#copies.set(inode, copy);
		return copy;
	}
}

// mksquashfs excludes the file at a path, so that its other names are removed too.
function excludedInodes(tree: RootfsTree, changes: TreeChanges): ReadonlySet<Inode> {
	const found = changes.excludedPaths.map((path) => resolveInode(tree.root, utf8ByteString(path)));
	return new Set(found.filter((inode) => inode !== undefined && inode !== tree.root) as Inode[]);
}

/** Returns the inode at a path. All links except a last one are followed inside the tree. */
function resolveInode(root: Directory, path: ByteString): Inode | undefined {
	// Directories on the way here, for "..".
	const way: Directory[] = [root];
	const names = pathNames(path);
	for (let links = 0; names.length > 0; ) {
		const name = names.shift()!;
		if (name === "..") {
			if (way.length > 1) way.pop();
			continue;
		}
		const inode = way.at(-1)!.entries.get(name);
		if (inode?.kind === "directory") {
			way.push(inode);
		} else if (names.length === 0 || inode?.kind !== "symlink" || ++links > LINK_LIMIT) {
			return names.length === 0 ? inode : undefined;
		} else {
			if (inode.target.startsWith("/")) way.length = 1;
			names.unshift(...pathNames(inode.target));
		}
	}
	return way.at(-1);
}

function pathNames(path: ByteString): ByteString[] {
	return path.split("/").filter((name) => name !== "" && name !== ".") as ByteString[];
}
