import type { PatternNode } from "./pattern-node.js";

const CLASSES: Readonly<Record<string, RegExp>> = {
	alpha: /[A-Za-z]/,
	digit: /[0-9]/,
	alnum: /[A-Za-z0-9]/,
	upper: /[A-Z]/,
	lower: /[a-z]/,
	xdigit: /[0-9A-Fa-f]/,
	space: /[ \t\n\v\f\r]/,
	blank: /[ \t]/,
	punct: /[!-/:-@[-`{-~]/,
	cntrl: /[\x00-\x1f\x7f]/,
	print: /[ -~]/,
	graph: /[!-~]/,
};

/** Syntax of sets: the characters that negate one, and whether a backslash escapes the next character. */
export interface SetSyntax {
	readonly negations: string;
	readonly escapes: boolean;
}

/**
 * Parses a set such as `[a-z[:digit:]_]`.
 * @param at position of the bracket.
 * @returns the set and its end; undefined for a set that is not closed.
 */
export function parseSet(
	text: string,
	at: number,
	{ negations, escapes }: SetSyntax,
): { readonly node: PatternNode; readonly end: number } | undefined {
	const set = new Uint8Array(256);
	const negated = at + 1 < text.length && negations.includes(text[at + 1]!);
	let next = at + (negated ? 2 : 1);
	for (const first = next; next < text.length && (text[next] !== "]" || next === first); ) {
		const named = parseClass(text, next);
		if (named !== undefined) {
			for (let code = 0; code < 256; code++) if (named.has(String.fromCharCode(code))) set[code] = 1;
			next = named.end;
			continue;
		}
		const low = member(text, next, escapes);
		const isRange = text[low.end] === "-" && low.end + 1 < text.length && text[low.end + 1] !== "]";
		const high = isRange ? member(text, low.end + 1, escapes) : low;
		for (let code = low.code; code <= high.code; code++) set[code] = 1;
		next = high.end;
	}
	if (next >= text.length) return undefined;
	if (negated) for (let code = 0; code < 256; code++) set[code]! ^= 1;
	return { node: { kind: "byte", set }, end: next + 1 };
}

/** Parses `[:digit:]`, and `[.a.]` or `[=a=]`, which stand for that character. */
function parseClass(text: string, at: number): { has(char: string): boolean; end: number } | undefined {
	const mark = text[at + 1];
	if (text[at] !== "[" || mark === undefined || !":.=".includes(mark)) return undefined;
	const close = text.indexOf(`${mark}]`, at + 2);
	const name = text.slice(at + 2, close);
	const end = close + 2;
	if (close < 0 || name.length > 8) return undefined;
	if (mark !== ":") return name.length === 1 ? { has: (char) => char === name, end } : undefined;
	const known = Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined;
	return known && { has: (char) => known.test(char), end };
}

function member(text: string, at: number, escapes: boolean): { code: number; end: number } {
	const start = escapes && text[at] === "\\" && at + 1 < text.length ? at + 1 : at;
	return { code: text.charCodeAt(start), end: start + 1 };
}
