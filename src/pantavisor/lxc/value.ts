const BLANKS: ReadonlySet<string> = new Set([" ", "\t", "\n", "\v", "\f", "\r"]);

/**
 * Returns what liblxc keeps of a value: blanks at both ends are trimmed, and then one pair of equal quotes
 * round the whole of it is removed (docs/formats/devices.md#liblxc).
 */
export function decodeLxcValue(text: string): string {
	let [start, end] = [0, text.length];
	while (start < end && BLANKS.has(text[start]!)) start++;
	while (end > start && BLANKS.has(text[end - 1]!)) end--;
	const quote = text[start];
	const isQuoted = end - start > 1 && (quote === '"' || quote === "'") && text[end - 1] === quote;
	return isQuoted ? text.slice(start + 1, end - 1) : text.slice(start, end);
}

/** Returns the spelling of a value that arrives whole: the value itself, or in one more pair of quotes. */
export function encodeLxcValue(value: string): string {
	return decodeLxcValue(value) === value ? value : `"${value}"`;
}
