import { element } from "./dom.js";

/** Makes every column of the table of packages sortable. The static page has its rows already. */
export function sortPackages(table: HTMLTableElement): void {
	const body = table.tBodies[0]!;
	const heads = [...table.tHead!.rows[0]!.cells];
	let sorted = -1;
	let descending = false;
	const sortBy = (column: number): void => {
		const isNumber = heads[column]!.classList.contains("num");
		descending = column === sorted ? !descending : isNumber;
		sorted = column;
		const sign = descending ? -1 : 1;
		const rows = [...body.rows].map((row, place) => ({
			row,
			place,
			key: keyOf(row.cells[column]!, isNumber),
		}));
		rows.sort((a, b) => sign * (a.key < b.key ? -1 : a.key > b.key ? 1 : 0) || a.place - b.place);
		body.append(...rows.map(({ row }) => row));
		for (const [i, head] of heads.entries()) head.setAttribute("aria-sort", i !== sorted ? "none" : order());
	};
	const order = (): string => (descending ? "descending" : "ascending");
	for (const [column, head] of heads.entries()) {
		const button = element("button", { type: "button" }, head.textContent ?? "");
		button.addEventListener("click", () => sortBy(column));
		head.replaceChildren(button);
	}
}

function keyOf(cell: HTMLTableCellElement, isNumber: boolean): number | string {
	return isNumber ? Number(cell.dataset.value) : (cell.textContent ?? "");
}
