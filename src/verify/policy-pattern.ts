import { matchesWildcards, type WildcardToken } from "../pantavisor/signing/index.js";

/** Matches a path, or a name with a host in front. */
export type PathMatcher = (path: string) => boolean;

/**
 * Returns a matcher of whole paths: `*` stands for any characters of one segment, `**` for any
 * number of whole segments, and at the end for at least one; everything else for itself.
 * Work is at most pattern × path, however the stars lie.
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
 * Returns a matcher like `pathPattern` for `HOST/PATH` or `SCHEME://HOST/PATH`, whose host (and
 * scheme) is compared character by character.
 */
export function hostPattern(pattern: string): PathMatcher {
	const host = hostOf(pattern);
	const matches = pathPattern(pattern);
	return (name) => hostOf(name) === host && matches(name);
}

/** Everything before the first slash that is not part of `://`. */
function hostOf(name: string): string {
	const start = name.indexOf("://") + 1;
	const end = name.indexOf("/", start > 0 ? start + 2 : 0);
	return end < 0 ? name : name.slice(0, end);
}

const ANY_NUMBER: WildcardToken<string> = { run: true, matches: () => true };
const ANY_ONE: WildcardToken<string> = { run: false, matches: () => true };

/** The segments of a pattern; `**` at the end is one segment and any number more. */
function parseSegments(pattern: string): WildcardToken<string>[] {
	const segments = pattern.split("/");
	const tokens = segments.map((segment) => (segment === "**" ? ANY_NUMBER : oneSegment(segment)));
	return segments.at(-1) === "**" ? [...tokens.slice(0, -1), ANY_ONE, ANY_NUMBER] : tokens;
}

/** One segment, whose `*` stands for any characters. */
function oneSegment(pattern: string): WildcardToken<string> {
	const tokens = [...pattern].map((character) => (character === "*" ? ANY_NUMBER : literal(character)));
	return { run: false, matches: (segment) => matchesWildcards(tokens, [...segment]) };
}

function literal(character: string): WildcardToken<string> {
	return { run: false, matches: (other) => other === character };
}
