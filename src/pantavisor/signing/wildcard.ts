/** One item of a pattern: matches exactly one item of a sequence, or (`run`) any number of them. */
export interface WildcardToken<T> {
	readonly run: boolean;
	matches(item: T): boolean;
}

/**
 * Returns whether tokens match a whole sequence. Only the last run is ever extended, so that no pattern of a
 * hostile package takes more than tokens × items steps.
 */
export function matchesWildcards<T>(tokens: readonly WildcardToken<T>[], items: ArrayLike<T>): boolean {
	let token = 0;
	let run = -1;
	let resume = 0;
	for (let item = 0; item < items.length; ) {
		const current = tokens[token];
		if (current?.run) {
			run = token++;
			resume = item;
		} else if (current?.matches(items[item]!)) {
			token++;
			item++;
		} else if (run >= 0) {
			token = run + 1;
			item = ++resume;
		} else {
			return false;
		}
	}
	return tokens.slice(token).every(({ run: rest }) => rest);
}
