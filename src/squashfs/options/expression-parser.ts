import { parseSet } from "./character-set.js";
import { ANY_BYTE, ANYTHING, literal, MOST_DEPTH, type PatternNode } from "./pattern-node.js";

const SET = { negations: "^", escapes: false };
/** Most repetitions that a number may ask for, as in POSIX. */
const MOST_REPETITIONS = 255;

/**
 * Parses an extended POSIX expression, which matches anywhere in a name unless `^` and `$` anchor it.
 * @throws SyntaxError that says what is wrong or not supported.
 */
export function parseExpression(text: string): PatternNode {
	const body = new ExpressionParser(text).parse();
	return { kind: "sequence", parts: [ANYTHING, body, ANYTHING] };
}

class ExpressionParser {
	readonly #text: string;
	#at = 0;

	constructor(text: string) {
		this.#text = text;
	}

	parse(): PatternNode {
		return this.#choice(0);
	}

	#choice(depth: number): PatternNode {
		if (depth > MOST_DEPTH) throw new SyntaxError(`groups inside each other, at most ${MOST_DEPTH}`);
		const options: PatternNode[] = [this.#branch(depth)];
		while (this.#take("|")) options.push(this.#branch(depth));
		return { kind: "choice", options };
	}

	#branch(depth: number): PatternNode {
		const parts: PatternNode[] = [];
		while (this.#at < this.#text.length && this.#text[this.#at] !== "|") {
			if (this.#text[this.#at] === ")" && depth > 0) break;
			parts.push(this.#repeated(this.#atom(depth)));
		}
		return { kind: "sequence", parts };
	}

	#atom(depth: number): PatternNode {
		const at = this.#at++;
		const char = this.#text[at]!;
		if (char === "(") {
			const body = this.#choice(depth + 1);
			if (!this.#take(")")) throw new SyntaxError('"(" without ")"');
			return body;
		}
		if (char === "[") {
			const set = parseSet(this.#text, at, SET);
			if (set === undefined) throw new SyntaxError('"[" without "]"');
			this.#at = set.end;
			return set.node;
		}
		if (char === ".") return ANY_BYTE;
		if (char === "^") return { kind: "start" };
		if (char === "$") return { kind: "end" };
		if ("*+?{".includes(char)) throw new SyntaxError(`nothing before "${char}"`);
		return char === "\\" ? this.#escaped() : literal(char);
	}

	#escaped(): PatternNode {
		const char = this.#text[this.#at++];
		if (char === undefined) throw new SyntaxError("a backslash at its end");
		if (/[a-zA-Z0-9<>`']/.test(char)) throw new SyntaxError(`"\\${char}", which is not supported`);
		return literal(char);
	}

	#repeated(body: PatternNode): PatternNode {
		let repeated = body;
		for (;;) {
			if (this.#take("*")) repeated = repeat(repeated, 0);
			else if (this.#take("+")) repeated = repeat(repeated, 1);
			else if (this.#take("?")) repeated = repeat(repeated, 0, 1);
			else if (this.#text[this.#at] === "{") repeated = this.#counted(repeated);
			else return repeated;
		}
	}

	/** Parses `{2}`, `{2,}` or `{2,4}`. */
	#counted(body: PatternNode): PatternNode {
		const match = /\{(\d{1,4})(,?)(\d{0,4})\}/y;
		match.lastIndex = this.#at;
		const [whole, low, comma, high] = match.exec(this.#text) ?? [];
		if (whole === undefined || (comma === "" && high !== "")) throw new SyntaxError('"{" without numbers');
		const least = Number(low);
		const most = comma === "" ? least : high === "" ? Number.POSITIVE_INFINITY : Number(high);
		const highest = Number.isFinite(most) ? most : least;
		if (most < least || highest > MOST_REPETITIONS)
			throw new SyntaxError(`${whole}, at most ${MOST_REPETITIONS}`);
		this.#at += whole.length;
		return repeat(body, least, most);
	}

	#take(char: string): boolean {
		if (this.#text[this.#at] !== char) return false;
		this.#at++;
		return true;
	}
}

function repeat(body: PatternNode, least: number, most = Number.POSITIVE_INFINITY): PatternNode {
	return { kind: "repeat", body, least, most };
}
