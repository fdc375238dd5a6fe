import type { Leaf } from "./data.js";
import { type Node, sortedChildren } from "./tree.js";

/** Class and strength (0..1) of a tile's colour; the style sheet knows both modes. */
export interface Tint {
	readonly name: string;
	readonly strength: number;
}

/** Returns how a tile is coloured: by its growth, or by what it is where there is no older package. */
export function tintOf(node: Node, compared: boolean): Tint {
	if (!compared) return { name: `kind-${kindOf(heaviest(node).path)}`, strength: 1 };
	const { stored, growth, differs, leaf } = node;
	if (!differs) return { name: "same", strength: 1 };
	if (leaf?.change === "new") return { name: "fresh", strength: 1 };
	// A change of a tenth gives a strong colour, and the least one is told from none, also by the colour-blind.
	const part = Math.min(1, Math.abs(growth) / Math.max(1, stored - growth));
	const strength = 0.4 + 0.6 * Math.min(1, Math.max(0, Math.log10(1 + part * 100) / 2));
	if (growth === 0) return { name: "touched", strength: 1 };
	return { name: growth > 0 ? "grown" : "shrunk", strength };
}

/** Returns the entry that weighs most in a directory, by the heaviest of each level: a closed tile has its colour. */
function heaviest(node: Node): Node {
	let at = node;
	for (let next: Node | undefined = node; next !== undefined; [next] = sortedChildren(at)) at = next;
	return at;
}

/** The kinds of files, in the order of the legend. */
export const KINDS: readonly (readonly [kind: string, words: string])[] = [
	["library", "libraries"],
	["program", "programs"],
	["code", "scripts and sources"],
	["data", "data"],
	["table", "tables, padding"],
	["other", "other"],
];

function kindOf(path: string): string {
	const name = path.slice(path.lastIndexOf("/") + 1);
	if (name.startsWith("⟨")) return "table";
	if (/\.(so|a|ko|o)(\.[\d.]+)?$|\.so\./.test(name)) return "library";
	if (/\.(py|pyc|pl|pm|js|mjs|cjs|ts|rb|lua|tcl|sh|awk|jar|class|wasm|go|rs|c|cc|cpp|h|hpp|s)$/.test(name))
		return "code";
	if (/(^|\/)s?bin\/|(^|\/)libexec\//.test(path)) return "program";
	if (/(^|\/)(share|etc|var|srv|opt|firmware)\/|\.(json|xml|html|txt|gz|xz|zst|png|dat|db)$/.test(path))
		return "data";
	return "other";
}

/** Returns how a file changed, for the label of its tile. */
export function changeWords(leaf: Leaf | undefined): string {
	return leaf?.change === undefined ? "" : `, ${leaf.change}`;
}
