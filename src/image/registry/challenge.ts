import { RegistryError } from "./errors.js";
import { shown } from "./message.js";

/** One way to authenticate that a server offers (RFC 9110 11.6.1). */
export interface Challenge {
	/** Scheme in lower case: `bearer`, `basic`. */
	readonly scheme: string;
	/** Parameters; names in lower case, values unescaped. */
	readonly parameters: ReadonlyMap<string, string>;
}

const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
/** Unquoted values in practice contain addresses: everything up to a comma or a blank. */
const LOOSE_VALUE = /[^\s,"]+/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/y;
/** A single base64 value after the scheme, as for Negotiate, which is not used. */
const TOKEN_68 = /[ \t]+[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|$))/y;
const SEPARATORS = /[ \t,]*/y;
const EQUALS = /[ \t]*=[ \t]*/y;

/**
 * Parses `WWW-Authenticate` headers into challenges, in their order. One header may contain several; commas inside
 * quotes do not separate them.
 * @throws RegistryError ERR_REGISTRY_RESPONSE that shows the header.
 */
export function parseChallenges(headers: readonly string[]): Challenge[] {
	return headers.flatMap((header) => new ChallengeReader(header).challenges());
}

class ChallengeReader {
	readonly #text: string;
	#at = 0;

	constructor(text: string) {
		this.#text = text;
	}

	challenges(): Challenge[] {
		const challenges: Challenge[] = [];
		this.#take(SEPARATORS);
		while (this.#at < this.#text.length) {
			const scheme = this.#take(TOKEN)?.[0];
			if (scheme === undefined) throw this.#error("expected a scheme");
			this.#take(TOKEN_68);
			challenges.push({ scheme: scheme.toLowerCase(), parameters: this.#parameters() });
		}
		return challenges;
	}

	/** Parses all `name=value` after the scheme; a word without `=` begins the next challenge. */
	#parameters(): Map<string, string> {
		const parameters = new Map<string, string>();
		for (;;) {
			this.#take(SEPARATORS);
			const start = this.#at;
			const name = this.#take(TOKEN)?.[0];
			if (name === undefined || this.#take(EQUALS) === undefined) {
				this.#at = start;
				return parameters;
			}
			const value = this.#value();
			if (!parameters.has(name.toLowerCase())) parameters.set(name.toLowerCase(), value);
		}
	}

	#value(): string {
		if (this.#text[this.#at] === '"') {
			const quoted = this.#take(QUOTED);
			if (quoted === undefined) throw this.#error("a quote is not closed");
			return quoted[1]!.replace(/\\(.)/g, "$1");
		}
		return this.#take(LOOSE_VALUE)?.[0] ?? "";
	}

	#take(pattern: RegExp): RegExpExecArray | undefined {
		pattern.lastIndex = this.#at;
		const match = pattern.exec(this.#text);
		if (match === null) return undefined;
		this.#at = pattern.lastIndex;
		return match;
	}

	#error(reason: string): RegistryError {
		const message = `WWW-Authenticate: ${shown(this.#text)}: parse challenge: ${reason} at ${this.#at}`;
		return new RegistryError("ERR_REGISTRY_RESPONSE", message);
	}
}
