import { BytesError } from "../internal.js";
import type { CommandWords, DocumentOf } from "./documents/documents.js";
import { describeError, exitCodeOf } from "./exit-code.js";
import type { LiveRegion } from "./live-region.js";

/** How much is printed on standard error. */
export type Verbosity = "quiet" | "normal" | "verbose";

const SHOWN_WARNINGS = 3;

/** What the terminal of a command is made with. */
export interface TerminalOptions {
	readonly json: boolean;
	readonly verbosity: Verbosity;
	/** Strings that are replaced wherever they would appear. */
	readonly secrets?: readonly string[];
	/** The words that name the command, such as `cache ls`; a document's `spec` is made of them. */
	readonly command?: string;
}

/**
 * The one place where a command prints. Its result goes to standard output, as text or as one JSON document;
 * messages go to standard error, above the progress bars where there are any.
 */
export class Terminal {
	readonly json: boolean;
	verbosity: Verbosity;
	/** Progress bars that are on the screen at the moment. */
	region: LiveRegion | undefined;
	readonly #secrets: string[];
	readonly #spec: string;
	/** How often each kind of warning came. */
	readonly #kinds: Map<string, number> = new Map();
	readonly #warnings: string[] = [];
	#document: object = {};
	#error: { readonly code: string; readonly message: string } | undefined;

	constructor({ json, verbosity, secrets = [], command = "error" }: TerminalOptions) {
		this.json = json;
		this.verbosity = verbosity;
		this.#secrets = secrets.filter((secret) => secret.length > 3);
		this.#spec = `pvpkg/${command.replaceAll(" ", "-")}@1`;
	}

	/** Replaces a secret in everything that is printed from now on. */
	hide(secret: string): void {
		if (secret.length > 3) this.#secrets.push(secret);
	}

	/**
	 * Prints what the command was asked for: `text` for people, the members of `document` for `--json`. The
	 * type of `document` follows from the words of the command.
	 */
	result<Words extends CommandWords = never>(text: string, document: DocumentOf<Words>): void {
		this.#document = document;
		if (!this.json) this.#print(printable(text));
	}

	/** Prints what the command has done, except with --quiet. */
	report<Words extends CommandWords = never>(text: string, document: DocumentOf<Words>): void {
		this.result<Words>(this.verbosity === "quiet" ? "" : text, document);
	}

	info(message: string): void {
		if (this.verbosity !== "quiet") this.#say(message);
	}

	/** Prints a warning. Without `--verbose`, only the first few warnings of each kind are shown. */
	warn(message: string): void {
		this.#warnings.push(printable(this.#blot(message)));
		const kind = message.slice(message.lastIndexOf(": ") + 1).replace(/\d+/g, "N");
		const count = (this.#kinds.get(kind) ?? 0) + 1;
		this.#kinds.set(kind, count);
		if (count <= SHOWN_WARNINGS || this.verbosity === "verbose") this.#warn(message);
	}

	debug(message: string): void {
		if (this.verbosity === "verbose") this.#say(message);
	}

	error(message: string): void {
		this.#say(message, `${this.color(31, "pvpkg:")} `);
	}

	/** Reports how a command failed; with `--json` the error is part of the document. */
	failure(error: unknown): void {
		const { message, stack } = describeError(error);
		this.error(message);
		if (stack !== undefined) this.debug(stack);
		this.#keepError(error);
	}

	/** Prints a document with nothing but the error. */
	documentError(error: unknown): void {
		this.#keepError(error);
		this.close();
	}

	#keepError(error: unknown): void {
		const { code, message } = describeError(error);
		this.#error = { code, message: printable(this.#blot(message)) };
	}

	/** Ends the output: prints how many warnings were left out, and the one document. */
	close(): void {
		for (const [kind, count] of this.verbosity === "verbose" ? [] : this.#kinds) {
			if (count > SHOWN_WARNINGS)
				this.#warn(`and ${count - SHOWN_WARNINGS} more: ${kind.trim()} (--verbose shows all)`);
		}
		// JSON escapes control characters below U+0020 only.
		if (this.json) this.#print(printable(JSON.stringify(this.#wholeDocument(), null, 2)));
	}

	/** SGR colour where standard error is a terminal that has it and NO_COLOR does not forbid it. */
	color(code: number, text: string): string {
		const { NO_COLOR, TERM } = process.env;
		return process.stderr.isTTY && !NO_COLOR && TERM !== "dumb" ? `\x1b[${code}m${text}\x1b[0m` : text;
	}

	#wholeDocument(): object {
		const failed = this.#error === undefined ? {} : { ok: false, error: this.#error };
		return { spec: this.#spec, ok: true, ...this.#document, ...failed, warnings: this.#warnings };
	}

	#print(output: string): void {
		if (output === "") return;
		process.stdout.write(output.endsWith("\n") ? output : `${output}\n`, (cause) => {
			if (cause) this.#outputFailed(cause);
		});
	}

	/** A reader that stops early (`pvpkg inspect | head`) is no failure. */
	#outputFailed(cause: NodeJS.ErrnoException): void {
		if (cause.code === "EPIPE") return;
		const error = BytesError.fromSystem("standard output", "write", cause);
		this.error(error.message);
		process.exitCode ||= exitCodeOf(error);
	}

	#warn(message: string): void {
		this.#say(message, `${this.color(33, "warning:")} `);
	}

	#say(message: string, prefix = ""): void {
		const text = `${prefix}${printable(this.#blot(message))}\n`;
		if (this.region === undefined) process.stderr.write(text);
		else this.region.printAbove(text);
	}

	#blot(text: string): string {
		return this.#secrets.reduce((rest, secret) => rest.replaceAll(secret, "***"), text);
	}
}

/**
 * Escapes control characters other than newline and tab as JSON does, so that names in packages and
 * answers of servers cannot steer the terminal.
 */
function printable(text: string): string {
	return text.replace(/[^\P{Cc}\n\t]/gu, (control) => {
		return `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`;
	});
}

/** Characters of a digest. */
const DIGEST_LENGTH = 64;

/** A count, a size, two numbers such as those of a device, or nothing. */
const NUMBER = /^(\d+(:\d+)?|\d[\d.]* [kMGT]?B|-)?$/;

/**
 * Lines of cells, each column as wide as its widest cell; counts and sizes to the right, below their heading. Where a
 * line is wider than the screen, a last column of digests goes below it: one that the terminal breaks cannot be copied.
 */
export function formatTable(
	rows: readonly (readonly string[])[],
	screen: number = process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY,
): string {
	const widths = (rows[0] ?? []).map((_, column) =>
		Math.max(...rows.map((row) => (row[column] ?? "").length)),
	);
	const isNumber = widths.map((_, column) => rows.slice(1).every((row) => NUMBER.test(row[column] ?? "")));
	const cell = (text: string, column: number) =>
		isNumber[column] ? text.padStart(widths[column]!) : text.padEnd(widths[column]!);
	const line = (row: readonly string[]): string => row.map(cell).join("  ").trimEnd();
	const lines = rows.map(line);
	const fits = lines.every(({ length }) => length <= screen);
	if (fits || (widths.at(-1) ?? 0) < DIGEST_LENGTH) return lines.join("\n");
	return rows.map((row) => `${line(row.slice(0, -1))}\n  ${row.at(-1)}`).join("\n");
}
