/** How coarse a difference is. Coarse ones come first, and often explain the others. */
export type Level = "inputs" | "archive" | "state" | "signature" | "configuration" | "image" | "object";

/** One difference between two packages, in plain words. */
export interface Difference {
	readonly level: Level;
	/** Place of the difference: `member json`, `web/run.json`, `web/root.squashfs: usr/bin/x`. */
	readonly subject: string;
	/** The property that differs: `mode`, `content from byte 512`. */
	readonly what: string;
	/** Both values; undefined if the words say it all. */
	readonly values: readonly [first: string, second: string] | undefined;
}

/** Most differences that are reported. The first ones are the causes. */
export const DIFFERENCE_LIMIT = 20;

/** Most characters of a value. */
const VALUE_LIMIT = 80;

/** Returns a difference, and cuts long values. */
export function difference(
	level: Level,
	subject: string,
	what: string,
	first?: string | number,
	second?: string | number,
): Difference {
	const values =
		first === undefined || second === undefined ? undefined : shorten(String(first), String(second));
	return { level, subject, what, values };
}

/** Characters to show before the first difference of two values that begin equally. */
const SHOWN_BEFORE = 20;

/** Cuts values so that the rest still differs. */
function shorten(first: string, second: string): [first: string, second: string] {
	let same = 0;
	while (same < first.length && first[same] === second[same]) same++;
	const from = same < VALUE_LIMIT ? 0 : same - SHOWN_BEFORE;
	const cut = (text: string): string => {
		const shown = text.slice(from, from + VALUE_LIMIT);
		return `${from > 0 ? "…" : ""}${shown}${text.length > from + VALUE_LIMIT ? "…" : ""}`;
	};
	return [cut(first), cut(second)];
}

/** Formats a difference as a line: `web/root.squashfs: usr/bin/x: mode 0755 ≠ 4755`. */
export function formatDifference({ subject, what, values }: Difference): string {
	return `${subject}: ${what}${values === undefined ? "" : ` ${values[0]} ≠ ${values[1]}`}`;
}
