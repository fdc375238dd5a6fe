import { parseSet } from "./character-set.js";
import { ANY_BYTE, ANYTHING, literal, MOST_DEPTH, type PatternNode } from "./pattern-node.js";

const SET = { negations: "!^", escapes: true };

/**
 * Parses a shell pattern, including extended ones: `*`, `?`, `[a-z]`, `@(a|b)`, `!(a)`. Unclosed groups and sets
 * are literal.
 * @throws SyntaxError for groups that are nested too deeply.
 */
export function parseWildcards(text: string): PatternNode {
	return new WildcardParser(text).parse();
}

class WildcardParser {
	readonly #text: string;
	/** Starts of the groups that are closed. */
	readonly #groups: ReadonlySet<number>;
	#at = 0;

	constructor(text: string) {
		this.#text = text;
		this.#groups = closedGroups(text);
	}

	parse(): PatternNode {
		return this.#sequence("", 0);
	}

	/** Parses up to the end, or to one of `ends`. */
	#sequence(ends: string, depth: number): PatternNode {
		if (depth > MOST_DEPTH) throw new SyntaxError(`groups inside each other, at most ${MOST_DEPTH}`);
		const parts: PatternNode[] = [];
		while (this.#at < this.#text.length && !ends.includes(this.#text[this.#at]!))
			parts.push(this.#part(depth));
		return { kind: "sequence", parts };
	}

	#part(depth: number): PatternNode {
		const at = this.#at++;
		const char = this.#text[at]!;
		if (this.#groups.has(at)) return this.#group(char, depth + 1);
		if (char === "*") return ANYTHING;
		if (char === "?") return ANY_BYTE;
		if (char === "[") {
			const set = parseSet(this.#text, at, SET);
			if (set !== undefined) this.#at = set.end;
			return set?.node ?? literal(char);
		}
		if (char === "\\" && this.#at < this.#text.length) return literal(this.#text[this.#at++]!);
		return literal(char);
	}

	#group(operator: string, depth: number): PatternNode {
		const options: PatternNode[] = [];
		do {
			this.#at++;
			options.push(this.#sequence("|)", depth));
		} while (this.#text[this.#at] === "|");
		this.#at++;
		const body: PatternNode = { kind: "choice", options };
		if (operator === "@") return body;
		if (operator === "!") return { kind: "other", body };
		const most = operator === "?" ? 1 : Number.POSITIVE_INFINITY;
		return { kind: "repeat", body, least: operator === "+" ? 1 : 0, most };
	}
}

/** Returns the positions of `@(`, `!(` and so on that are closed. */
function closedGroups(text: string): ReadonlySet<number> {
	const closed = new Set<number>();
	const open: number[] = [];
	for (let at = 0; at < text.length; at++) {
		const char = text[at]!;
		if (char === "\\") at++;
		else if (char === "[") at = (parseSet(text, at, SET)?.end ?? at + 1) - 1;
		else if ("?*+@!".includes(char) && text[at + 1] === "(") open.push(at++);
		else if (char === ")") {
			const start = open.pop();
			if (start !== undefined) closed.add(start);
		}
	}
	return closed;
}
