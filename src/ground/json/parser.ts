import { JsonError } from "./errors.js";
import { type JsonArray, JsonNumber, type JsonObject, type JsonValue } from "./value.js";

/** Deepest nesting that is read; real documents stay below ten. */
const MAXIMUM_DEPTH = 512;

const BYTE_ORDER_MARK = 0xfeff;

const WHITESPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const NUMBER_START = /[-0-9]/;
const PLAIN_CHARACTERS = /[^"\\\x00-\x1f]*/y;
const HEX4 = /[0-9a-fA-F]{4}/y;
const LONE_SURROGATE = /[\ud800-\udfff]/gu;
const LITERALS: ReadonlyMap<string, JsonValue> = new Map([
	["t", true],
	["f", false],
	["n", null],
]);
const ESCAPES: Readonly<Record<string, string>> = {
	'"': '"',
	"\\": "\\",
	"/": "/",
	b: "\b",
	f: "\f",
	n: "\n",
	r: "\r",
	t: "\t",
};

/** How JSON text is read. */
export interface JsonParseOptions {
	/** Refuses an object that has two members of one name, of which readers take different ones. */
	readonly uniqueMembers?: boolean | undefined;
}

/**
 * Reads exactly one JSON document (RFC 8259, nothing more lenient). Of members with one name
 * the last wins, unless they are refused; escaped surrogates without a partner become U+FFFD, as in Go.
 *
 * @param text the document; bytes must be UTF-8 without a byte order mark.
 * @param subject what the text is, for messages: `web/src.json`.
 * @throws JsonError ERR_JSON_SYNTAX with subject, line and column (both from 1).
 */
export function parseJson(
	text: string | Uint8Array,
	subject: string,
	{ uniqueMembers = false }: JsonParseOptions = {},
): JsonValue {
	const string = typeof text === "string" ? text : decodeUtf8(text, subject);
	return new Parser(string, subject, uniqueMembers).document();
}

function decodeUtf8(bytes: Uint8Array, subject: string): string {
	try {
		return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
	} catch (cause) {
		throw new JsonError("ERR_JSON_SYNTAX", `${subject}: parse JSON: the text is not UTF-8`, { cause });
	}
}

class Parser {
	readonly #text: string;
	readonly #subject: string;
	readonly #uniqueMembers: boolean;
	#at = 0;
	#depth = 0;

	constructor(text: string, subject: string, uniqueMembers: boolean) {
		this.#text = text;
		this.#subject = subject;
		this.#uniqueMembers = uniqueMembers;
	}

	document(): JsonValue {
		this.#skipWhitespace();
		const value = this.#value();
		this.#skipWhitespace();
		if (this.#at < this.#text.length) this.#fail("the end of the text");
		return value;
	}

	#value(): JsonValue {
		const first = this.#text[this.#at] ?? "";
		if (first === "{") return this.#nested(() => this.#object());
		if (first === "[") return this.#nested(() => this.#array());
		if (first === '"') return this.#string();
		if (NUMBER_START.test(first)) return this.#number();
		return this.#literal(first);
	}

	#nested<T>(read: () => T): T {
		if (++this.#depth > MAXIMUM_DEPTH) this.#fail(`at most ${MAXIMUM_DEPTH} levels of nesting`);
		this.#at++;
		this.#skipWhitespace();
		const value = read();
		this.#depth--;
		return value;
	}

	#object(): JsonObject {
		const object: JsonObject = new Map();
		if (this.#take("}")) return object;
		do {
			this.#skipWhitespace();
			if (this.#text[this.#at] !== '"') this.#fail("a member name in quotes");
			const name = this.#string();
			if (this.#uniqueMembers && object.has(name)) this.#fail("every member once", JSON.stringify(name));
			this.#skipWhitespace();
			if (!this.#take(":")) this.#fail('":"');
			this.#skipWhitespace();
			object.set(name, this.#value());
			this.#skipWhitespace();
		} while (this.#take(","));
		if (!this.#take("}")) this.#fail('"," or "}"');
		return object;
	}

	#array(): JsonArray {
		const array: JsonArray = [];
		if (this.#take("]")) return array;
		do {
			this.#skipWhitespace();
			array.push(this.#value());
			this.#skipWhitespace();
		} while (this.#take(","));
		if (!this.#take("]")) this.#fail('"," or "]"');
		return array;
	}

	#string(): string {
		this.#at++;
		let text = this.#match(PLAIN_CHARACTERS);
		while (this.#take("\\")) text += this.#escape() + this.#match(PLAIN_CHARACTERS);
		if (!this.#take('"'))
			this.#fail(this.#at < this.#text.length ? "an escaped character" : "a closing quote");
		return text.replace(LONE_SURROGATE, "\ufffd");
	}

	#escape(): string {
		const letter = this.#text[this.#at] ?? "";
		if (letter === "u") {
			this.#at++;
			const hex = this.#match(HEX4);
			return hex === ""
				? this.#fail("four hexadecimal digits")
				: String.fromCharCode(Number.parseInt(hex, 16));
		}
		const character = ESCAPES[letter];
		if (character === undefined) return this.#fail("a known escape");
		this.#at++;
		return character;
	}

	#number(): JsonNumber {
		const literal = this.#match(NUMBER);
		if (literal === "" || NUMBER_START.test(this.#text[this.#at] ?? "")) this.#fail("a number");
		return new JsonNumber(literal);
	}

	#literal(first: string): JsonValue {
		const value = LITERALS.get(first);
		if (value === undefined || !this.#text.startsWith(String(value), this.#at)) return this.#fail("a value");
		this.#at += String(value).length;
		return value;
	}

	#skipWhitespace(): void {
		this.#match(WHITESPACE);
	}

	#take(character: string): boolean {
		if (this.#text[this.#at] !== character) return false;
		this.#at++;
		return true;
	}

	#match(pattern: RegExp): string {
		pattern.lastIndex = this.#at;
		const matched = pattern.exec(this.#text)?.[0] ?? "";
		this.#at += matched.length;
		return matched;
	}

	#fail(expected: string, got: string = this.#found()): never {
		const before = this.#text.slice(0, this.#at);
		const line = before.split("\n").length;
		const column = [...before.slice(before.lastIndexOf("\n") + 1)].length + 1;
		throw new JsonError(
			"ERR_JSON_SYNTAX",
			`${this.#subject}: parse JSON: line ${line}, column ${column}: expected ${expected}, got ${got}`,
		);
	}

	#found(): string {
		const found = this.#text.codePointAt(this.#at);
		// No reader shows it, and editors of some systems write it without asking.
		if (found === BYTE_ORDER_MARK) return "a byte order mark (save the file as UTF-8 without it)";
		return found === undefined ? "the end of the text" : JSON.stringify(String.fromCodePoint(found));
	}
}
