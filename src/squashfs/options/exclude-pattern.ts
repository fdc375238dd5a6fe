import { utf8ByteString } from "../../ground/bytes/index.js";
import { optionError } from "./option-values.js";

/** A pattern that names of the tree are matched against, level by level. */
export interface ExcludePattern {
	/** One for each level; what the last one matches is excluded. */
	readonly names: readonly RegExp[];
	/** Starts at any level, not at the root alone. */
	readonly anywhere: boolean;
}

const ANYWHERE = "... ";

/**
 * Reads a pattern of mksquashfs's `-wildcards` (shell patterns, extended ones too) or `-regex`.
 * Patterns match bytes: a `?` is one byte of a name.
 * @throws SquashfsError ERR_SQUASHFS_OPTION
 */
export function parseExclude(text: string, matching: "wildcards" | "regex"): ExcludePattern {
	const anywhere = text.startsWith(ANYWHERE);
	const path = anywhere ? text.slice(ANYWHERE.length) : text;
	const names = path.split("/").filter((name) => name !== "" && name !== ".");
	if (names.length === 0) throw optionError(`-e ${text}`, "expected the name of something below the root");
	return { anywhere, names: names.map((name) => parseName(name, matching)) };
}

function parseName(text: string, matching: "wildcards" | "regex"): RegExp {
	const bytes = utf8ByteString(text);
	try {
		return matching === "regex" ? new RegExp(posixClasses(bytes), "s") : wildcard(bytes);
	} catch (cause) {
		throw optionError(`-e ${text}`, `expected a pattern: ${(cause as Error).message}`);
	}
}

// A leading dot is matched by a dot alone, as in the shell.
function wildcard(pattern: string): RegExp {
	const hidden = pattern.startsWith(".") || pattern.startsWith("\\.") ? "" : "(?!\\.)";
	return new RegExp(`^${hidden}${new WildcardParser(pattern).parse()}$`, "s");
}

class WildcardParser {
	readonly #text: string;
	#at = 0;

	constructor(text: string) {
		this.#text = text;
	}

	parse(): string {
		return this.#sequence("");
	}

	/** Up to the end, or one of `ends`. A negation must know what follows it: so from right to left. */
	#sequence(ends: string): string {
		const parts: (string | readonly [alternatives: string])[] = [];
		while (this.#at < this.#text.length && !ends.includes(this.#text[this.#at]!)) parts.push(this.#part());
		return parts.reduceRight<string>((after, part) => {
			if (typeof part === "string") return part + after;
			return `(?!(?:${part[0]})${after}$).*${after}`;
		}, "");
	}

	#part(): string | readonly [string] {
		const char = this.#text[this.#at++]!;
		if ("?*+@!".includes(char) && this.#text[this.#at] === "(") return this.#group(char);
		if (char === "*") return ".*";
		if (char === "?") return ".";
		if (char === "[") return this.#set() ?? "\\[";
		if (char === "\\" && this.#at < this.#text.length) return literal(this.#text[this.#at++]!);
		return literal(char);
	}

	#group(operator: string): string | readonly [string] {
		const start = this.#at;
		const alternatives: string[] = [];
		do {
			this.#at++;
			alternatives.push(this.#sequence("|)"));
		} while (this.#text[this.#at] === "|");
		if (this.#text[this.#at] !== ")") {
			this.#at = start;
			return literal(operator);
		}
		this.#at++;
		const joined = alternatives.join("|");
		if (operator === "!") return [joined];
		return `(?:${joined})${operator === "@" ? "" : operator}`;
	}

	#set(): string | undefined {
		const match = /^([!^]?)(\]?(?:\[:\w+:\]|[^\]])*)\]/.exec(this.#text.slice(this.#at));
		if (!match) return undefined;
		this.#at += match[0].length;
		const members = posixClasses(match[2]!).replace(/[\\\]^[]/g, "\\$&");
		return `[${match[1] ? "^" : ""}${members}]`;
	}
}

function literal(char: string): string {
	return char.replace(/[\\^$.*+?()[\]{}|/]/, "\\$&");
}

const POSIX_CLASSES: Readonly<Record<string, string>> = {
	alpha: "A-Za-z",
	digit: "0-9",
	alnum: "A-Za-z0-9",
	upper: "A-Z",
	lower: "a-z",
	xdigit: "0-9A-Fa-f",
	space: " \t\n\v\f\r",
	blank: " \t",
	punct: "!-/:-@[-`{-~",
	cntrl: "\x00-\x1f\x7f",
	print: " -~",
	graph: "!-~",
};

function posixClasses(pattern: string): string {
	return pattern.replace(/\[:(\w+):\]/g, (whole, name: string) => POSIX_CLASSES[name] ?? whole);
}
