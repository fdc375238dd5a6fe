import { formatCounted, formatGrowth, formatSize } from "../../ground/bytes/size-text.js";
import { changeWords, KINDS, tintOf } from "./colour.js";
import type { Leaf } from "./data.js";
import { element } from "./dom.js";
import { type Rectangle, squarify } from "./squarify.js";
import { type Node, sortedChildren } from "./tree.js";

/** Smaller tiles are not drawn. Square pixels. */
const SMALLEST = 30;
/** Height of a directory's name, in pixels. */
const LABEL = 17;
const GAP = 2;
const TEXT_SIDE = 34;

/** The map: nested tiles by stored size. A click opens a directory, Escape goes back to its parent. */
export class Treemap {
	readonly element: HTMLElement;
	readonly #root: Node;
	readonly #compared: boolean;
	readonly #onOpen: (node: Node) => void;
	readonly #crumbs: HTMLElement = element("nav", { class: "crumbs", "aria-label": "Path" });
	readonly #map: HTMLElement = element("div", { class: "map", role: "group", "aria-label": "Map of sizes" });
	readonly #status: HTMLElement = element("p", { class: "status", "aria-live": "polite" });
	#place: Node;
	#wanted: (leaf: Leaf) => boolean = () => true;
	/** Path of the file that was chosen in the table. */
	#chosen: string | undefined;
	readonly #nodes: Map<HTMLElement, Node> = new Map();

	/** @param onOpen is called with the directory that is opened. */
	constructor(root: Node, compared: boolean, onOpen: (node: Node) => void) {
		this.#root = root;
		this.#place = root;
		this.#compared = compared;
		this.#onOpen = onOpen;
		this.element = element(
			"div",
			{ class: "treemap" },
			element("h3", {}, "Where the bytes are"),
			this.#crumbs,
			this.#map,
			this.#status,
			legend(compared),
		);
		this.#map.addEventListener("click", (event) => this.#activate(this.#nodeAt(event.target)));
		this.#map.addEventListener("keydown", (event) => this.#key(event));
		for (const type of ["pointerover", "focusin"]) {
			this.#map.addEventListener(type, (event) => this.#describe(this.#nodeAt(event.target)));
		}
		new ResizeObserver(() => this.draw()).observe(this.#map);
	}

	/** Dims what does not match; the layout of the map does not change. */
	highlight(wanted: (leaf: Leaf) => boolean): void {
		this.#wanted = wanted;
		for (const [tile, node] of this.#nodes) this.#dim(tile, node);
	}

	/** Dims a file that is not wanted, and a closed directory that has no file which is. */
	#dim(tile: HTMLElement, node: Node): void {
		const isOpen = tile.classList.contains("folder");
		tile.classList.toggle("dim", !isOpen && !someLeaf(node, this.#wanted));
	}

	open(node: Node, chosen?: string): void {
		this.#place = node;
		this.#chosen = chosen;
		this.draw();
		this.#onOpen(node);
	}

	draw(): void {
		const { clientWidth: width, clientHeight: height } = this.#map;
		if (width === 0) return;
		const focused = this.#nodes.get(document.activeElement as HTMLElement);
		this.#nodes.clear();
		const tiles = document.createDocumentFragment();
		this.#fill(this.#place, { x: 0, y: 0, width, height }, tiles);
		this.#map.replaceChildren(tiles);
		this.#drawCrumbs();
		this.#describe(this.#place);
		this.#focusAgain(focused);
	}

	/** Lets the Tab key reach one tile. If a tile had the focus, that one gets it, or the first if it is gone. */
	#focusAgain(focused: Node | undefined): void {
		const tiles = [...this.#nodes.keys()];
		const tile = tiles.find((each) => this.#nodes.get(each) === focused) ?? tiles[0];
		tile?.setAttribute("tabindex", "0");
		if (focused !== undefined) tile?.focus();
	}

	#fill(parent: Node, area: Rectangle, tiles: DocumentFragment): void {
		const children = sortedChildren(parent).filter(({ stored }) => stored > 0);
		const rectangles = squarify(
			children.map(({ stored }) => stored),
			area,
		);
		for (const [i, child] of children.entries()) {
			const { x, y, width, height } = rectangles[i]!;
			if (width * height < SMALLEST || width < GAP + 1 || height < GAP + 1) continue;
			const inner = { x, y, width: width - GAP, height: height - GAP };
			const isOpen = child.leaf === undefined && inner.width > 40 && inner.height > 40;
			const shown = isOpen ? endOfChain(child) : child;
			tiles.append(this.#tile(shown, inner, isOpen, shown.path.slice(child.path.length - child.name.length)));
			if (!isOpen) continue;
			const content = { x: x + 3, y: y + LABEL, width: inner.width - 4, height: inner.height - LABEL - 2 };
			this.#fill(shown, content, tiles);
		}
	}

	#tile(node: Node, { x, y, width, height }: Rectangle, isOpen: boolean, label: string): HTMLElement {
		const { name, strength } = tintOf(node, this.#compared);
		const kind = isOpen ? "tile folder" : node.leaf ? `tile ${name}` : `tile closed ${name}`;
		const tile = element("div", {
			class: kind,
			role: "button",
			tabindex: "-1",
			"aria-label": describe(node),
		});
		const { style } = tile;
		style.left = `${x}px`;
		style.top = `${y}px`;
		style.width = `${Math.max(1, width)}px`;
		style.height = `${Math.max(1, height)}px`;
		style.setProperty("--strength", strength.toFixed(2));
		if (width > TEXT_SIDE && height > 15) tile.append(element("span", {}, label));
		if (!isOpen && width > 64 && height > 32) tile.append(element("small", {}, formatSize(node.stored)));
		if (node.path === this.#chosen) tile.classList.add("chosen");
		this.#dim(tile, node);
		this.#nodes.set(tile, node);
		return tile;
	}

	#drawCrumbs(): void {
		const chain: Node[] = [];
		for (let at: Node | undefined = this.#place; at; at = at.parent) chain.unshift(at);
		const buttons = chain.map((node) => {
			const button = element("button", { type: "button" }, node.name || "Whole package");
			if (node === this.#place) button.setAttribute("aria-current", "location");
			button.addEventListener("click", () => this.open(node));
			return button;
		});
		this.#crumbs.replaceChildren(...buttons.flatMap((button, i) => (i === 0 ? [button] : ["/", button])));
	}

	#nodeAt(target: EventTarget | null): Node | undefined {
		const tile = (target as Element | null)?.closest<HTMLElement>(".tile");
		return tile ? this.#nodes.get(tile) : undefined;
	}

	/** Opens a directory. A click on a file opens the next directory on the way to it. */
	#activate(node: Node | undefined): void {
		if (node === undefined) return;
		let next = node.leaf ? node.parent! : node;
		if (next === this.#place) return;
		while (node.leaf && next.parent && next.parent !== this.#place) next = next.parent;
		this.open(next);
	}

	#key(event: KeyboardEvent): void {
		const tile = event.target as HTMLElement;
		if (event.key === "Enter" || event.key === " ") this.#activate(this.#nodes.get(tile));
		else if (event.key === "Escape" || event.key === "Backspace") this.#up();
		else if (event.key.startsWith("Arrow")) this.#move(tile, event.key);
		else return;
		event.preventDefault();
	}

	#up(): void {
		if (this.#place.parent) this.open(this.#place.parent);
	}

	/** Moves the focus to the nearest tile in a direction. */
	#move(from: HTMLElement, key: string): void {
		const start = from.getBoundingClientRect();
		const forward = key === "ArrowRight" || key === "ArrowDown";
		const isHorizontal = key === "ArrowLeft" || key === "ArrowRight";
		let best: HTMLElement | undefined;
		let least = Number.POSITIVE_INFINITY;
		for (const tile of this.#nodes.keys()) {
			const box = tile.getBoundingClientRect();
			const along = isHorizontal ? box.left - start.left : box.top - start.top;
			if (tile === from || (forward ? along <= 0.5 : along >= -0.5)) continue;
			const aside = isHorizontal ? box.top - start.top : box.left - start.left;
			const distance = Math.abs(along) + 2 * Math.abs(aside);
			if (distance < least) [least, best] = [distance, tile];
		}
		if (best === undefined) return;
		from.setAttribute("tabindex", "-1");
		best.setAttribute("tabindex", "0");
		best.focus();
	}

	#describe(node: Node | undefined): void {
		const shown = node ?? this.#place;
		this.#status.replaceChildren(element("bdi", {}, shown.path || "whole package"), ` ${facts(shown)}`);
	}

	/** Opens the directory of a path, for a row that was chosen in the table, and marks its tile. */
	reveal(path: string): void {
		let place = this.#root;
		for (const part of path.split("/").slice(0, -1)) place = place.children.get(part) ?? place;
		this.open(place, path);
		this.#describe(place.children.get(path.slice(path.lastIndexOf("/") + 1)));
	}
}

/** Whether a node is or contains a leaf that passes. */
function someLeaf(node: Node, wanted: (leaf: Leaf) => boolean): boolean {
	if (node.leaf) return wanted(node.leaf);
	for (const child of node.children.values()) if (someLeaf(child, wanted)) return true;
	return false;
}

/** Returns the last directory of a chain in which each has only one directory. */
function endOfChain(node: Node): Node {
	for (let at = node; ; ) {
		const [only, more] = [...at.children.values()].filter(({ stored }) => stored > 0);
		if (only === undefined || more !== undefined || only.leaf) return at;
		at = only;
	}
}

/** Describes a tile. The counts are those of the report: names of images, without objects and tables. */
function facts({ stored, growth, leaf, files, changes }: Node): string {
	const grown = growth === 0 ? "" : formatGrowth(growth);
	if (leaf) {
		const size = `${formatSize(leaf.size)}, stored ${formatSize(stored)}`;
		return `${size}${grown && `, ${grown}`}${changeWords(leaf)}`;
	}
	const counted = files > 0 ? `, ${formatCounted(files, "file")}` : "";
	const differ =
		changes > 0 ? `, ${formatCounted(changes, "name")} ${changes === 1 ? "differs" : "differ"}` : "";
	return `${formatSize(stored)}${grown && ` (${grown})`}${counted}${differ}`;
}

function describe(node: Node): string {
	return `${node.name}: ${facts(node)}`;
}

function legend(compared: boolean): HTMLElement {
	const words = compared
		? [
				["same", "as before"],
				["grown", "grew"],
				["fresh", "new"],
				["shrunk", "shrank"],
				["touched", "changed, same size"],
			]
		: KINDS.map(([kind, text]) => [`kind-${kind}`, text]);
	const items = words.map(([name, text]) => element("li", {}, element("i", { class: `key ${name}` }), text!));
	return element("ul", { class: "legend" }, ...items);
}
