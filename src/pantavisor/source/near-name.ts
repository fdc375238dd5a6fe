/** Most changes of single letters between a mistyped name and the one that was meant. */
const CLOSE = 2;
/** Longer names are not compared, to bound the work for foreign strings. */
const LONGEST = 64;

/**
 * Returns the known name that a mistyped one likely stands for: one that becomes equal when at most two letters are
 * added, removed, replaced or swapped.
 */
export function nearName(name: string, known: Iterable<string>): string | undefined {
	if (name.length > LONGEST) return undefined;
	let best: { readonly name: string; readonly distance: number } | undefined;
	for (const candidate of known) {
		const distance = editDistance(name, candidate);
		if (distance <= CLOSE && distance < (best?.distance ?? Number.POSITIVE_INFINITY))
			best = { name: candidate, distance };
	}
	return best?.name;
}

/** Returns how many letters must be added, removed, replaced or swapped with their neighbour. */
function editDistance(a: string, b: string): number {
	if (Math.abs(a.length - b.length) > CLOSE) return Number.POSITIVE_INFINITY;
	let [before, row]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, j) => j)];
	for (let i = 1; i <= a.length; i++) {
		const next = [i];
		for (let j = 1; j <= b.length; j++) {
			const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
			const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
			next[j] = Math.min(
				replaced,
				row[j]! + 1,
				next[j - 1]! + 1,
				swapped ? before[j - 2]! + 1 : Number.POSITIVE_INFINITY,
			);
		}
		[before, row] = [row, next];
	}
	return row[b.length]!;
}
