import { BytesError } from "../index.js";
import { describeError, exitCodeOf } from "./exit-code.js";

/** How much is said on standard error. */
export type Verbosity = "quiet" | "normal" | "verbose";

const SHOWN_WARNINGS = 3;

/**
 * Where a command speaks: its result goes to standard output, as text or as one JSON
 * document; all else goes to standard error.
 */
export class Terminal {
	readonly json: boolean;
	verbosity: Verbosity;
	readonly #secrets: readonly string[];
	/** How often what was warned of, by what it is. */
	readonly #warnings: Map<string, number> = new Map();

	/** @param secrets texts that are blotted out wherever they would appear. */
	constructor(options: { json: boolean; verbosity: Verbosity; secrets?: readonly string[] }) {
		this.json = options.json;
		this.verbosity = options.verbosity;
		this.#secrets = (options.secrets ?? []).filter((secret) => secret.length > 3);
	}

	/** The result: `text` for people (nothing when empty), `document` for `--json`. */
	result(text: string, document: unknown): void {
		const output = this.json ? JSON.stringify(document, null, 2) : printable(text);
		if (output === "") return;
		process.stdout.write(output.endsWith("\n") ? output : `${output}\n`, (cause) => {
			if (cause) this.#outputFailed(cause);
		});
	}

	/** A reader that goes away early (`pvpkg inspect | head`) is no failure of ours. */
	#outputFailed(cause: NodeJS.ErrnoException): void {
		if (cause.code === "EPIPE") return;
		const error = BytesError.fromSystem("standard output", "write", cause);
		this.error(error.message);
		process.exitCode ||= exitCodeOf(error);
	}

	info(message: string): void {
		if (this.verbosity !== "quiet") this.#say(message);
	}

	/** Of warnings that say the same of many things the first few are shown, unless `--verbose` asks for all. */
	warn(message: string): void {
		const kind = message.slice(message.lastIndexOf(": ") + 1).replace(/\d+/g, "N");
		const count = (this.#warnings.get(kind) ?? 0) + 1;
		this.#warnings.set(kind, count);
		if (count <= SHOWN_WARNINGS || this.verbosity === "verbose") this.#warn(message);
	}

	/** Tells how many warnings were not shown. */
	close(): void {
		for (const [kind, count] of this.verbosity === "verbose" ? [] : this.#warnings) {
			if (count > SHOWN_WARNINGS)
				this.#warn(`and ${count - SHOWN_WARNINGS} more: ${kind.trim()} (--verbose shows all)`);
		}
		this.#warnings.clear();
	}

	debug(message: string): void {
		if (this.verbosity === "verbose") this.#say(message);
	}

	error(message: string): void {
		this.#say(message, `${this.color(31, "pvpkg:")} `);
	}

	/** How a command ended that failed; with `--json` the document says it too. */
	failure(error: unknown): void {
		const { code, message, stack } = describeError(error);
		this.error(message);
		if (stack !== undefined) this.debug(stack);
		if (this.json) this.result("", { error: { code, message: this.#blot(message) } });
	}

	/** SGR colour where standard error is a terminal and NO_COLOR does not forbid it. */
	color(code: number, text: string): string {
		return process.stderr.isTTY && !process.env.NO_COLOR ? `\x1b[${code}m${text}\x1b[0m` : text;
	}

	#warn(message: string): void {
		this.#say(message, `${this.color(33, "warning:")} `);
	}

	#say(message: string, prefix = ""): void {
		process.stderr.write(`${prefix}${printable(this.#blot(message))}\n`);
	}

	#blot(text: string): string {
		return this.#secrets.reduce((rest, secret) => rest.replaceAll(secret, "***"), text);
	}
}

/**
 * Names in packages and words of servers cannot steer the terminal: control characters other
 * than newline and tab are spelled as in JSON, which stays what it was.
 */
function printable(text: string): string {
	return text.replace(/[^\P{Cc}\n\t]/gu, (control) => {
		return `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`;
	});
}

/** `1.2 MB`: powers of 1000, three digits. */
export function formatBytes(bytes: number): string {
	const units = ["B", "kB", "MB", "GB", "TB"];
	const power = bytes < 1000 ? 0 : Math.min(4, Math.floor(Math.log10(bytes) / 3));
	const value = bytes / 1000 ** power;
	return `${power === 0 ? value : value.toPrecision(3)} ${units[power]}`;
}

/** Lines of cells, each column as wide as its widest cell; numbers to the right. */
export function formatTable(rows: readonly (readonly string[])[]): string {
	const widths = (rows[0] ?? []).map((_, column) =>
		Math.max(...rows.map((row) => (row[column] ?? "").length)),
	);
	const cell = (text: string, column: number) =>
		/^[\d.]+( [kMGT]?B)?$/.test(text) ? text.padStart(widths[column]!) : text.padEnd(widths[column]!);
	return rows.map((row) => row.map(cell).join("  ").trimEnd()).join("\n");
}
