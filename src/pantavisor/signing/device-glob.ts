import { withoutTrailing } from "../../ground/bytes/index.js";
import type { KeyMatcher } from "./glob.js";
import { matchesWildcards, type WildcardToken } from "./wildcard.js";

/** The bytes of a pattern or key, one in each character. Devices compare bytes. */
type Bytes = string;
type Token = WildcardToken<string>;

const ANY_BYTES: Token = { run: true, matches: () => true };
const ONE_BYTE: Token = { run: false, matches: () => true };

/**
 * Returns a matcher of what any of the patterns matches, as the device's C code reads them: by fnmatch(3),
 * component by component, and `DIRECTORY/**` for everything below what DIRECTORY matches
 * (docs/formats/devices.md#the-signature-check).
 */
export function anyDeviceGlob(patterns: readonly string[]): KeyMatcher {
	const matchers = patterns.map((pattern) => parseDeviceGlob(bytesOf(pattern)));
	return (key) => {
		const components = bytesOf(key).split("/");
		return matchers.some((matches) => matches(components));
	};
}

/** Returns whether a pattern has a named class, a collating element or an equivalence class. pvr knows none of them. */
export function hasNamedClass(pattern: string): boolean {
	return /\[[:.=]/.test(pattern);
}

function bytesOf(text: string): Bytes {
	return Buffer.from(text, "utf8").toString("latin1");
}

function parseDeviceGlob(pattern: Bytes): (components: readonly string[]) => boolean {
	if (pattern === "**") return () => false;
	const isDirectory = pattern.endsWith("/**");
	const path = isDirectory ? withoutTrailing(pattern.slice(0, -2), "/") : pattern;
	const wanted = path.split("/").map(parseComponent);
	return (components) => {
		const { length } = components;
		if (isDirectory ? length < wanted.length : length !== wanted.length) return false;
		return wanted.every((matches, i) => matches(components[i]!));
	};
}

/** Components without wildcards are compared at once: a package may have thousands of them, and of keys. */
function parseComponent(text: Bytes): (component: Bytes) => boolean {
	if (!/[*?[\\]/.test(text)) return (component) => component === text;
	const tokens = parseTokens(text);
	return (component) => matchesWildcards(tokens, component);
}

function parseTokens(text: Bytes): Token[] {
	const tokens: Token[] = [];
	for (let at = 0; at < text.length; at++) {
		const byte = text[at]!;
		const set = byte === "[" ? parseClass(text, at) : undefined;
		if (set !== undefined) {
			tokens.push(set.token);
			at = set.end;
		} else if (byte === "*") tokens.push(ANY_BYTES);
		else if (byte === "?") tokens.push(ONE_BYTE);
		else tokens.push(literal(byte === "\\" && at + 1 < text.length ? text[++at]! : byte));
	}
	return tokens;
}

function literal(byte: string): Token {
	return { run: false, matches: (other) => other === byte };
}

/**
 * Parses a class such as `[a-z]`, `[!a]` or `[]a]`; undefined for a bracket that is never closed, which is a
 * literal one.
 */
function parseClass(text: string, open: number): { readonly token: Token; readonly end: number } | undefined {
	const isNegated = text[open + 1] === "!" || text[open + 1] === "^";
	const start = open + (isNegated ? 2 : 1);
	const end = text.indexOf("]", start + 1);
	if (end < 0) return undefined;
	const ranges: [low: string, high: string][] = [];
	for (let at = start; at < end; at++) {
		const isRange = text[at + 1] === "-" && at + 2 < end;
		ranges.push([text[at]!, text[isRange ? at + 2 : at]!]);
		if (isRange) at += 2;
	}
	const isInside = (byte: string): boolean => ranges.some(([low, high]) => low <= byte && byte <= high);
	return { token: { run: false, matches: (byte) => isInside(byte) !== isNegated }, end };
}
