/** Returns the qualifiers that have a value, sorted by name. */
export function qualifiers(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
	const present = Object.entries(values).filter((entry): entry is [string, string] => Boolean(entry[1]));
	return Object.fromEntries(present.sort(([a], [b]) => (a < b ? -1 : 1)));
}
