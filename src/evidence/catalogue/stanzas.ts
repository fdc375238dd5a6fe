import type { Content } from "../../ground/bytes/index.js";
import { CatalogueFault } from "./errors.js";
import { STANZA_LIMIT } from "./limits.js";
import { readLines } from "./lines.js";

/** Fields of one package by their lower-case names (deb822(5)). */
export type Stanza = ReadonlyMap<string, string>;

/** Beginning of a field, with its name; `#` begins a comment. */
const FIELD = /^[!"$-,.-9;-~][!-9;-~]*:/;

/**
 * Reads stanzas, which are separated by empty lines. A field continues on lines that begin with a blank, even if
 * they have only blanks, as dpkg and opkg read descriptions. A stanza also ends if its first field occurs again,
 * so that no package can be hidden in another one.
 * @param report is called for a line that is not a field, which is left out.
 * @param repeated fields that may occur several times: their values are joined as lines. For other fields the
 *   last value counts.
 * @throws CatalogueFault at a stanza of more than `STANZA_LIMIT` characters.
 */
export function* readStanzas(
	content: Content,
	report: (reason: string) => void,
	{ repeated = [] }: { readonly repeated?: readonly string[] } = {},
): Generator<Stanza> {
	let stanza = new StanzaDraft(repeated);
	let number = 0;
	for (const line of readLines(content)) {
		number++;
		const isBlank = line.trim() === "";
		if (!stanza.isEmpty && (isBlank ? !isContinuation(line) : stanza.beginsAgain(line))) {
			yield stanza.finish();
			stanza = new StanzaDraft(repeated);
		}
		if (!(isBlank && stanza.isEmpty) && !stanza.add(line)) report(`line ${number}: expected a field`);
	}
	if (!stanza.isEmpty) yield stanza.finish();
}

function isContinuation(line: string): boolean {
	return line.startsWith(" ") || line.startsWith("\t");
}

class StanzaDraft {
	readonly #fields: Map<string, string[]> = new Map();
	readonly #repeated: readonly string[];
	#first = "";
	#last: string[] | undefined;
	#size = 0;

	constructor(repeated: readonly string[]) {
		this.#repeated = repeated;
	}

	get isEmpty(): boolean {
		return this.#fields.size === 0;
	}

	/** Returns whether a line has the field that this stanza began with. */
	beginsAgain(line: string): boolean {
		const first = this.#first;
		if (line[first.length] !== ":" || this.#repeated.includes(first)) return false;
		return line.slice(0, first.length).toLowerCase() === first;
	}

	/** Adds a line. @returns whether it is a part of a stanza. */
	add(line: string): boolean {
		this.#size += line.length + 1;
		if (this.#size > STANZA_LIMIT) {
			throw new CatalogueFault(`expected at most ${STANZA_LIMIT} characters for a package`);
		}
		if (line.startsWith("#")) return true;
		if (isContinuation(line)) {
			this.#last?.push(line.trim());
			return this.#last !== undefined;
		}
		if (!FIELD.test(line)) return false;
		const colon = line.indexOf(":");
		const name = line.slice(0, colon).toLowerCase();
		if (this.#first === "") this.#first = name;
		const before = this.#repeated.includes(name) ? this.#fields.get(name) : undefined;
		this.#last = before ?? [];
		this.#last.push(line.slice(colon + 1).trim());
		this.#fields.set(name, this.#last);
		return true;
	}

	finish(): Stanza {
		return new Map([...this.#fields].map(([name, lines]) => [name, lines.join("\n")]));
	}
}
