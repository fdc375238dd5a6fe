import { SigningError } from "./errors.js";
import { matchesWildcards, type WildcardToken } from "./wildcard.js";

/** Returns whether a key of a state is selected. */
export type KeyMatcher = (key: string) => boolean;

/** Most alternatives that the `{a,b}` of one pattern may expand to. */
const MAXIMUM_ALTERNATIVES = 1024;
/** Most characters of one pattern. */
const MAXIMUM_LENGTH = 4096;
/** Most alternatives of all patterns of a list. */
const MAXIMUM_LIST = 4096;
/** Most characters of wildcard components of all alternatives: each is stored and compared. */
const MAXIMUM_WEIGHT = 1 << 16;

const ANY_COMPONENTS: WildcardToken<string> = { run: true, matches: () => true };
const ONE_COMPONENT: WildcardToken<string> = { run: false, matches: () => true };
const ANY_CHARACTERS: WildcardToken<string> = { run: true, matches: () => true };
const ONE_CHARACTER: WildcardToken<string> = { run: false, matches: () => true };

/**
 * Parses a pattern as pvr does (docs/formats/pvr.md#patterns-and-payload): `*` and `?` within a component, `**` for
 * whole components (at least one at the end), `[a-z]`, `[^a]`, `{a,b/c}`, `\` escapes.
 *
 * @throws SigningError ERR_PATTERN
 */
export function parseGlob(pattern: string): KeyMatcher {
	return parseGlobs([pattern]).matches;
}

/** A compiled list of patterns. */
export interface GlobList {
	/** Whether any pattern matches a key. */
	readonly matches: KeyMatcher;
	/** Steps that comparing the patterns with one character of a key takes, roughly. */
	readonly weight: number;
}

/** Compiles a list of patterns. @throws SigningError ERR_PATTERN */
export function parseGlobs(patterns: readonly string[]): GlobList {
	const alternatives: WildcardToken<string>[][] = [];
	let weight = 0;
	for (const pattern of patterns) {
		if (pattern.length > MAXIMUM_LENGTH)
			fail(pattern, `longer than the limit of ${MAXIMUM_LENGTH} characters`);
		for (const text of expandBraces(pattern, pattern)) {
			if (alternatives.length >= MAXIMUM_LIST) {
				fail(pattern, `the list has more alternatives than the limit of ${MAXIMUM_LIST}`);
			}
			weight += weightOf(text);
			if (weight > MAXIMUM_WEIGHT) {
				fail(pattern, `the list has more wildcard characters than the limit of ${MAXIMUM_WEIGHT}`);
			}
			alternatives.push(parseComponents(text, pattern));
		}
	}
	const matches = (key: string): boolean => {
		const components = key.split("/");
		return alternatives.some((tokens) => matchesWildcards(tokens, components));
	};
	return { matches, weight };
}

/** Returns the weight of a component. Literal ones and `**` are compared at once, others character by character. */
function weightOf(text: string): number {
	return text
		.split("/")
		.reduce((sum, part) => sum + (part !== "**" && isWildcard(part) ? part.length : 1), 0);
}

/** Returns whether a component has more than literal characters. */
function isWildcard(component: string): boolean {
	return /[*?[\\]/.test(component);
}

function parseComponents(text: string, pattern: string): WildcardToken<string>[] {
	const components = text.split("/");
	const tokens = components.map((component) =>
		component === "**" ? ANY_COMPONENTS : componentToken(component, pattern),
	);
	return components.at(-1) === "**" ? [...tokens, ONE_COMPONENT] : tokens;
}

function componentToken(component: string, pattern: string): WildcardToken<string> {
	if (!isWildcard(component)) return literal(component);
	const tokens = parseCharacters([...component], pattern);
	return { run: false, matches: (text) => matchesWildcards(tokens, [...text]) };
}

function parseCharacters(characters: readonly string[], pattern: string): WildcardToken<string>[] {
	const tokens: WildcardToken<string>[] = [];
	for (let at = 0; at < characters.length; at++) {
		const character = characters[at]!;
		if (character === "*") tokens.push(ANY_CHARACTERS);
		else if (character === "?") tokens.push(ONE_CHARACTER);
		else if (character === "[") {
			const end = classEnd(characters, at, pattern);
			tokens.push(parseClass(characters.slice(at + 1, end), pattern));
			at = end;
		} else if (character === "\\")
			tokens.push(literalCharacter(characters[++at] ?? fail(pattern, "ends in a backslash")));
		else tokens.push(literalCharacter(character));
	}
	return tokens;
}

/** Shared tokens: patterns of a hostile package may have millions of letters, but few different ones. */
const asciiLiterals = new Map<string, WildcardToken<string>>();

function literalCharacter(character: string): WildcardToken<string> {
	const known = asciiLiterals.get(character);
	if (known !== undefined) return known;
	const token = literal(character);
	if (character <= "\x7f") asciiLiterals.set(character, token);
	return token;
}

function literal(character: string): WildcardToken<string> {
	return { run: false, matches: (other) => other === character };
}

function classEnd(characters: readonly string[], start: number, pattern: string): number {
	for (let at = start + 1; at < characters.length; at++) {
		if (characters[at] === "\\") at++;
		else if (characters[at] === "]") return at;
	}
	return fail(pattern, 'expected "]"');
}

function parseClass(characters: readonly string[], pattern: string): WildcardToken<string> {
	const negated = characters[0] === "^";
	const ranges: [string, string][] = [];
	let at = negated ? 1 : 0;
	const next = (): string => {
		if (characters[at] === "-") fail(pattern, "a range without its beginning");
		if (characters[at] === "\\") at++;
		return characters[at++] ?? fail(pattern, "a range without its end");
	};
	while (at < characters.length) {
		const low = next();
		const isRange = characters[at] === "-";
		if (isRange) at++;
		ranges.push([low, isRange ? next() : low]);
	}
	if (ranges.length === 0) fail(pattern, "an empty class");
	const inside = (character: string): boolean =>
		ranges.some(([low, high]) => point(low) <= point(character) && point(character) <= point(high));
	return { run: false, matches: (character) => inside(character) !== negated };
}

function point(character: string): number {
	return character.codePointAt(0)!;
}

/** Expands braces: `a{b,c/d}` → `ab`, `ac/d`. It expands the first brace, and the others by recursion. */
function expandBraces(text: string, pattern: string): string[] {
	const open = findUnescaped(text, "{", 0);
	if (open < 0) return [text];
	const options: string[] = [];
	let start = open + 1;
	for (let at = start, depth = 0; ; at++) {
		const character = text[at];
		if (character === undefined) fail(pattern, 'expected "}"');
		if (character === "\\") at++;
		else if (character === "{") depth++;
		else if (character === "}" && depth > 0) depth--;
		else if (depth === 0 && (character === "," || character === "}")) {
			options.push(text.slice(start, at));
			start = at + 1;
			if (character === "}") break;
		}
	}
	const expanded = options.flatMap((option) =>
		expandBraces(text.slice(0, open) + option + text.slice(start), pattern),
	);
	if (expanded.length > MAXIMUM_ALTERNATIVES) fail(pattern, `more than ${MAXIMUM_ALTERNATIVES} alternatives`);
	return expanded;
}

function findUnescaped(text: string, wanted: string, from: number): number {
	for (let at = from; at < text.length; at++) {
		if (text[at] === "\\") at++;
		else if (text[at] === wanted) return at;
	}
	return -1;
}

function fail(pattern: string, reason: string): never {
	const shown = pattern.length > 80 ? `${pattern.slice(0, 80)}…` : pattern;
	throw new SigningError("ERR_PATTERN", `pattern ${JSON.stringify(shown)}: read: ${reason}`);
}
