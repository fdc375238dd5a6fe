import type { Leaf } from "./data.js";

/** A directory, or an entry with a weight of its own. */
export interface Node {
	/** Last part of the path. */
	readonly name: string;
	readonly path: string;
	readonly parent: Node | undefined;
	/** Its entries, by name. */
	children: Map<string, Node>;
	/**
	 * The entry of the data, if nothing is inside it. A directory that changed is an entry of the data, but has
	 * children.
	 */
	leaf: Leaf | undefined;
	/** Stored bytes of everything inside. */
	stored: number;
	growth: number;
	/** Whether anything inside differs, also an object or a table. */
	differs: boolean;
	/** Number of names of images that differ. */
	changes: number;
	/** Number of regular files of the new images. */
	files: number;
}

/** Shared by all nodes without children: a map for each file would take longer than everything else. */
const NOTHING: Map<string, Node> = new Map();

/** Builds the tree of all entries. Chains of directories with a single entry are kept. */
export function buildTree(leaves: readonly Leaf[]): Node {
	const root = node("", "", undefined, undefined);
	for (const leaf of leaves) {
		const parts = leaf.path.split("/");
		let place = root;
		count(place, leaf);
		for (const [i, name] of parts.entries()) {
			const isLast = i === parts.length - 1;
			let next = place.children.get(name);
			if (next === undefined) {
				const path = place.path === "" ? name : `${place.path}/${name}`;
				next = node(name, path, place, isLast ? leaf : undefined);
				if (place.children === NOTHING) place.children = new Map();
				place.children.set(name, next);
			}
			if (!isLast) next.leaf = undefined;
			count(next, leaf);
			place = next;
		}
	}
	return root;
}

function node(name: string, path: string, parent: Node | undefined, leaf: Leaf | undefined): Node {
	return {
		name,
		path,
		parent,
		leaf,
		children: NOTHING,
		stored: 0,
		growth: 0,
		differs: false,
		changes: 0,
		files: 0,
	};
}

function count(place: Node, leaf: Leaf): void {
	place.stored += leaf.stored;
	place.growth += leaf.growth;
	if (leaf.kind === "file") place.files++;
	if (leaf.change) place.differs = true;
	if (leaf.change && leaf.kind !== "part") place.changes++;
}

/** Returns the children of a node, the largest first. */
export function sortedChildren({ children }: Node): Node[] {
	return [...children.values()].sort((a, b) => b.stored - a.stored || (a.name < b.name ? -1 : 1));
}
