/** What a live region needs of a terminal: `process.stderr` is one. */
export interface Screen {
	readonly columns?: number | undefined;
	readonly rows?: number | undefined;
	write(text: string): unknown;
}

const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;
/** Moves to the first column and clears from there to the end of the screen. */
const CLEAR = "\r\x1b[J";

/**
 * Lines at the end of a terminal that are redrawn, below everything that stays. The cursor rests at the
 * beginning of the region and no line reaches the last column: neither the cursor nor line wrapping has to be
 * switched off, so that nothing has to be restored when the process ends.
 */
export class LiveRegion {
	readonly #screen: Screen;
	#lines: readonly string[] = [];

	constructor(screen: Screen) {
		this.#screen = screen;
	}

	/** Cells that a line of the region may take. */
	get width(): number {
		return Math.max(1, (this.#screen.columns || DEFAULT_COLUMNS) - 1);
	}

	/** Replaces the lines of the region; those that the screen has no row for are left out. */
	draw(lines: readonly string[]): void {
		const rows = Math.max(1, (this.#screen.rows || DEFAULT_ROWS) - 1);
		this.#lines = lines.slice(0, rows);
		this.#screen.write(CLEAR + this.#text());
	}

	/** Prints text that stays, above the region; `text` ends with a newline. */
	printAbove(text: string): void {
		this.#screen.write(CLEAR + text + this.#text());
	}

	/** Removes the region from the screen. */
	clear(): void {
		if (this.#lines.length > 0) this.#screen.write(CLEAR);
		this.#lines = [];
	}

	#text(): string {
		const { width } = this;
		const lines = this.#lines.map((line) => line.slice(0, width)).join("\n");
		const up = this.#lines.length > 1 ? `\x1b[${this.#lines.length - 1}A` : "";
		return `${lines}${up}\r`;
	}
}
