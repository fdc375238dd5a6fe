import type { Leaf } from "./data.js";

/** A directory, or something with a weight of its own. */
export interface Node {
	/** Last part of the path. */
	readonly name: string;
	readonly path: string;
	readonly parent: Node | undefined;
	/** What is in it, by name. */
	children: Map<string, Node>;
	/** Of what has nothing in it: a directory that changed is a leaf of the data, and none of the tree. */
	leaf: Leaf | undefined;
	/** Stored bytes of all that is in it. */
	stored: number;
	growth: number;
	/** Names in it that differ. */
	changes: number;
	/** Names in it: files, and whatever else differs. */
	files: number;
}

/** Of what has nothing in it: a map for each file would take longer to make than all the rest. */
const NOTHING: Map<string, Node> = new Map();

/** Builds the tree of all leaves; directories with a single directory in them stay as they are. */
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
	return { name, path, parent, leaf, children: NOTHING, stored: 0, growth: 0, changes: 0, files: 0 };
}

function count(place: Node, leaf: Leaf): void {
	place.stored += leaf.stored;
	place.growth += leaf.growth;
	place.files++;
	if (leaf.change) place.changes++;
}

/** Returns what is in a node, the heaviest first. */
export function sortedChildren({ children }: Node): Node[] {
	return [...children.values()].sort((a, b) => b.stored - a.stored || (a.name < b.name ? -1 : 1));
}
