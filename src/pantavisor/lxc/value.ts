const BLANKS: ReadonlySet<string> = new Set([" ", "\t", "\n", "\v", "\f", "\r"]);

/**
 * Returns what liblxc keeps of a value: it trims blanks at both ends, and then removes one pair of equal quotes
 * around the whole of it (docs/formats/devices.md#liblxc).
 */
export function decodeLxcValue(text: string): string {
	let [start, end] = [0, text.length];
	while (start < end && BLANKS.has(text[start]!)) start++;
	while (end > start && BLANKS.has(text[end - 1]!)) end--;
	const quote = text[start];
	const isQuoted = end - start > 1 && (quote === '"' || quote === "'") && text[end - 1] === quote;
	return isQuoted ? text.slice(start + 1, end - 1) : text.slice(start, end);
}

/** Returns how to write a value so that liblxc keeps all of it: as it is, or in one more pair of quotes. */
export function encodeLxcValue(value: string): string {
	return decodeLxcValue(value) === value ? value : `"${value}"`;
}
