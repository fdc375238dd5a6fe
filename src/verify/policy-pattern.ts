/** Matches a path, or a name with a host in front. */
export type PathMatcher = (path: string) => boolean;

/**
 * Returns a matcher of whole paths: `*` stands for any characters of one segment, `**` for any
 * number of whole segments, and at the end for at least one; everything else for itself.
 * Work is at most pattern × path, however the stars lie.
 */
function pathPattern(pattern: string): PathMatcher {
	const segments = pattern.split("/");
	return (path) => matchSegments(segments, path.split("/"));
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

function matchSegments(pattern: readonly string[], path: readonly string[]): boolean {
	return matchRuns(pattern, path, (token) => token === "**", matchSegment, 1);
}

function matchSegment(pattern: string, segment: string): boolean {
	return matchRuns(
		[...pattern],
		[...segment],
		(token) => token === "*",
		(token, item) => token === item,
		0,
	);
}

/** Only the last run is ever extended; a run at the end takes at least `last` items. */
function matchRuns(
	tokens: readonly string[],
	items: readonly string[],
	isRun: (token: string) => boolean,
	matches: (token: string, item: string) => boolean,
	last: number,
): boolean {
	let [token, run, resume] = [0, -1, 0];
	for (let item = 0; item < items.length; ) {
		const current = tokens[token];
		if (current !== undefined && isRun(current)) {
			run = token++;
			resume = item;
			if (token === tokens.length) return items.length - item >= last;
		} else if (current !== undefined && matches(current, items[item]!)) {
			token++;
			item++;
		} else if (run >= 0) {
			token = run + 1;
			item = ++resume;
		} else {
			return false;
		}
	}
	return tokens.slice(token).every(isRun) && (last === 0 || token === tokens.length);
}
