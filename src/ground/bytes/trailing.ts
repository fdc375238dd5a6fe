/**
 * Returns a string without the characters of one kind at its end. Unlike `/x+$/` it looks at each character once,
 * so that strings of hostile origin cost no more than their length.
 */
export function withoutTrailing(text: string, char: string): string {
	let end = text.length;
	while (end > 0 && text[end - 1] === char) end--;
	return text.slice(0, end);
}
