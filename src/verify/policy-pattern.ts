import { matchesWildcards, type WildcardToken } from "../pantavisor/signing/index.js";

/** Returns whether a path, or a name that begins with a host, matches. */
export type PathMatcher = (path: string) => boolean;

/**
 * Returns a matcher of whole paths: `*` matches any characters of one segment, `**` any number of whole segments,
 * and at the end at least one; all else is literal. The work is at most pattern × path, wherever the stars are.
 */
function pathPattern(pattern: string): PathMatcher {
	const segments = parseSegments(pattern);
	return (path) => matchesWildcards(segments, path.split("/"));
}

/** Returns a matcher of what any of the patterns matches. */
export function anyPathPattern(patterns: readonly string[]): PathMatcher {
	const matchers = patterns.map(pathPattern);
	return (path) => matchers.some((matches) => matches(path));
}

/**
 * Returns a matcher like `pathPattern` for `HOST/PATH` or `SCHEME://HOST/PATH`. The host and the scheme are
 * compared literally.
 */
export function hostPattern(pattern: string): PathMatcher {
	const host = hostOf(pattern);
	const matches = pathPattern(pattern);
	return (name) => hostOf(name) === host && matches(name);
}

/** Returns what precedes the first slash that is not part of `://`. */
function hostOf(name: string): string {
	const start = name.indexOf("://") + 1;
	const end = name.indexOf("/", start > 0 ? start + 2 : 0);
	return end < 0 ? name : name.slice(0, end);
}

const ANY_NUMBER: WildcardToken<string> = { run: true, matches: () => true };
const ANY_ONE: WildcardToken<string> = { run: false, matches: () => true };

/** Returns the segments of a pattern; `**` at the end is one segment and any number more. */
function parseSegments(pattern: string): WildcardToken<string>[] {
	const segments = pattern.split("/");
	const tokens = segments.map((segment) => (segment === "**" ? ANY_NUMBER : oneSegment(segment)));
	return segments.at(-1) === "**" ? [...tokens.slice(0, -1), ANY_ONE, ANY_NUMBER] : tokens;
}

/** Returns one segment, in which `*` matches any characters. */
function oneSegment(pattern: string): WildcardToken<string> {
	const tokens = [...pattern].map((character) => (character === "*" ? ANY_NUMBER : literal(character)));
	return { run: false, matches: (segment) => matchesWildcards(tokens, [...segment]) };
}

function literal(character: string): WildcardToken<string> {
	return { run: false, matches: (other) => other === character };
}
