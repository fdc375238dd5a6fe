import { formatCount, formatGrowth, formatSize } from "../../ground/bytes/size-text.js";
import type { Leaf } from "./data.js";
import { element } from "./dom.js";

/** Height of every row, in pixels, as in page.css. Equal heights let the page draw only the visible rows. */
const ROW = 30;
const SPARE = 12;
/** Number of rows that are printed: thousands of files would be hundreds of pages. */
const PRINTED = 200;

interface Column {
	readonly name: string;
	readonly key: "path" | "stored" | "size" | "growth" | "change";
	readonly class: string;
}

const COLUMNS: readonly Column[] = [
	{ name: "File", key: "path", class: "path" },
	{ name: "Stored", key: "stored", class: "num" },
	{ name: "Size", key: "size", class: "num size" },
	{ name: "Growth", key: "growth", class: "num" },
	{ name: "Change", key: "change", class: "change" },
];

/** The table of all files. Only the visible rows are in the document. */
export class FileTable {
	readonly element: HTMLElement;
	readonly #columns: readonly Column[];
	readonly #leaves: readonly Leaf[];
	readonly #onChoose: (path: string) => void;
	readonly #scroller: HTMLElement = element("div", {
		class: "scroller",
		tabindex: "-1",
		role: "region",
		"aria-label": "Files: arrow keys move, Enter shows a file in the map",
	});
	readonly #head: HTMLTableRowElement = element("tr");
	readonly #body: HTMLTableSectionElement = element("tbody");
	readonly #count: HTMLElement = element("p", { class: "count", "aria-live": "polite" });
	#sort: { key: Column["key"]; descending: boolean };
	#rows: readonly Leaf[] = [];
	#isPrinted = false;
	#filter: (leaf: Leaf) => boolean = () => true;

	/** Number of the row that the Tab key reaches and the arrow keys move. */
	#active = 0;

	/** @param onChoose is called with the path of a row that is clicked, or chosen by Enter. */
	constructor(leaves: readonly Leaf[], compared: boolean, onChoose: (path: string) => void) {
		this.#leaves = leaves;
		this.#columns = compared ? COLUMNS : COLUMNS.slice(0, 3);
		this.#sort = { key: compared ? "growth" : "stored", descending: true };
		this.#onChoose = onChoose;
		const table = element("table", { class: "files" }, element("thead", {}, this.#head), this.#body);
		this.#scroller.append(table);
		this.#scroller.addEventListener("scroll", () => this.#draw(), { passive: true });
		this.#body.addEventListener("click", (event) => {
			const row = (event.target as Element).closest<HTMLElement>("tr[data-row]");
			if (row) this.#choose(Number(row.dataset.row));
		});
		this.#body.addEventListener("keydown", (event) => this.#key(event));
		this.element = element("div", { class: "table-live" }, this.#count, this.#scroller);
		new ResizeObserver(() => this.#draw()).observe(this.#scroller);
		window.addEventListener("beforeprint", () => this.#print(true));
		window.addEventListener("afterprint", () => this.#print(false));
		this.#drawHead();
	}

	/** Shows only the files that pass the filter. */
	filter(wanted: (leaf: Leaf) => boolean): void {
		this.#filter = wanted;
		this.#update();
	}

	#choose(number: number): void {
		this.#active = number;
		this.#onChoose(this.#rows[number]!.path);
	}

	#key(event: KeyboardEvent): void {
		const page = Math.max(1, Math.floor(this.#scroller.clientHeight / ROW) - 2);
		const last = this.#rows.length - 1;
		const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -last, End: last };
		if (event.key === "Enter" || event.key === " ") this.#choose(this.#active);
		else if (Object.hasOwn(steps, event.key)) {
			const step = steps[event.key as keyof typeof steps];
			this.#active = Math.min(last, Math.max(0, this.#active + step));
			this.#showActive();
			this.#draw();
		} else return;
		event.preventDefault();
	}

	/** Scrolls to the active row, where it is out of sight: the heading covers the height of one row. */
	#showActive(): void {
		const { scrollTop, clientHeight } = this.#scroller;
		const top = this.#active * ROW;
		if (top < scrollTop) this.#scroller.scrollTop = top;
		else if (top + 2 * ROW > scrollTop + clientHeight)
			this.#scroller.scrollTop = top + 2 * ROW + 4 - clientHeight;
	}

	/** Filters and sorts again; the row that has the focus keeps it, as long as it is there. */
	#update(): void {
		const hasFocus = this.#body.contains(document.activeElement);
		const active = hasFocus ? this.#rows[this.#active] : undefined;
		const { key, descending } = this.#sort;
		const sign = descending ? -1 : 1;
		this.#rows = this.#leaves
			.filter(this.#filter)
			.sort((a, b) => sign * compare(a, b, key) || (a.path < b.path ? -1 : 1));
		const stored = this.#rows.reduce((sum, leaf) => sum + leaf.stored, 0);
		this.#count.textContent = `${formatCount(this.#rows.length)} of ${formatCount(this.#leaves.length)}, ${formatSize(stored)} stored`;
		this.#active = Math.max(0, active === undefined ? 0 : this.#rows.indexOf(active));
		this.#scroller.scrollTop = 0;
		this.#showActive();
		this.#draw();
	}

	#drawHead(): void {
		const cells = this.#columns.map(({ name, key, class: kind }) => {
			const button = element("button", { type: "button" }, name);
			button.addEventListener("click", () => this.#sortBy(key));
			const isSorted = this.#sort.key === key;
			const order = !isSorted ? "none" : this.#sort.descending ? "descending" : "ascending";
			return element("th", { scope: "col", class: kind, "aria-sort": order }, button);
		});
		this.#head.replaceChildren(...cells);
	}

	#sortBy(key: Column["key"]): void {
		const descending = this.#sort.key === key ? !this.#sort.descending : key !== "path" && key !== "change";
		this.#sort = { key, descending };
		this.#drawHead();
		this.#update();
	}

	#draw(): void {
		if (this.#isPrinted) this.#drawForPaper();
		else this.#drawInSight();
	}

	#drawInSight(): void {
		const { scrollTop, clientHeight } = this.#scroller;
		const first = Math.max(0, Math.floor(scrollTop / ROW) - SPARE);
		const end = Math.min(this.#rows.length, Math.ceil((scrollTop + clientHeight) / ROW) + SPARE);
		const hasFocus = this.#body.contains(document.activeElement);
		// What is out of sight cannot be reached by Tab: a row that has the focus keeps it elsewhere.
		const visible = [Math.ceil(scrollTop / ROW), Math.floor((scrollTop + clientHeight) / ROW) - 2] as const;
		if (!hasFocus && (this.#active < visible[0] || this.#active > visible[1])) this.#active = visible[0];
		const rows = this.#rows.slice(first, end).map((leaf, i) => this.#row(leaf, first + i));
		this.#body.replaceChildren(spacer(first), ...rows, spacer(this.#rows.length - end));
		if (!hasFocus) return;
		const row = this.#body.querySelector<HTMLElement>('tr[tabindex="0"]') ?? this.#scroller;
		row.focus({ preventScroll: true });
	}

	#print(isPrinted: boolean): void {
		this.#isPrinted = isPrinted;
		this.#draw();
	}

	#drawForPaper(): void {
		const rows = this.#rows.slice(0, PRINTED).map((leaf, i) => this.#row(leaf, i));
		const rest = this.#rows.length - rows.length;
		const note = element("td", {}, `and ${formatCount(rest)} more`);
		this.#body.replaceChildren(...rows, ...(rest > 0 ? [element("tr", {}, note)] : []));
	}

	#row(leaf: Leaf, number: number): HTMLTableRowElement {
		const tabindex = number === this.#active ? "0" : "-1";
		const row = element("tr", { "data-row": String(number), "aria-rowindex": String(number + 2), tabindex });
		for (const { key, class: kind } of this.#columns) row.append(cell(leaf, key, kind));
		return row;
	}
}

function compare(a: Leaf, b: Leaf, key: Column["key"]): number {
	if (key === "path") return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
	if (key === "change") return (a.change ?? "~").localeCompare(b.change ?? "~", "en");
	if (key === "growth") return Math.abs(a.growth) - Math.abs(b.growth) || a.stored - b.stored;
	return a[key] - b[key];
}

function cell(leaf: Leaf, key: Column["key"], kind: string): HTMLTableCellElement {
	if (key === "path") {
		const cut = leaf.path.lastIndexOf("/") + 1;
		const directory = element("span", { class: "dir" }, leaf.path.slice(0, cut));
		return element(
			"td",
			{ class: kind, title: leaf.path },
			directory,
			element("b", {}, leaf.path.slice(cut)),
		);
	}
	const words = leaf.change ?? (leaf.growth === 0 ? "" : "same content");
	if (key === "change") return element("td", { class: kind }, words);
	if (key !== "growth") return element("td", { class: kind }, sizeText(leaf, key));
	const direction = leaf.growth > 0 ? "grown" : leaf.growth < 0 ? "shrunk" : "";
	return element("td", { class: `${kind} ${direction}` }, words && formatGrowth(leaf.growth));
}

/** Directories and links have no size, and what was removed takes no bytes: a zero would say too much. */
function sizeText(leaf: Leaf, key: "stored" | "size"): string {
	return leaf.kind === "name" && leaf[key] === 0 ? "–" : formatSize(leaf[key]);
}

function spacer(rows: number): HTMLTableRowElement {
	const row = element("tr", { class: "spacer", "aria-hidden": "true" });
	row.style.height = `${rows * ROW}px`;
	return row;
}
