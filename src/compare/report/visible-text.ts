/**
 * Returns a foreign string with everything spelled out that cannot be seen, or that turns the text
 * around it: control characters, marks of direction, what Unicode has not assigned.
 */
export function visibleText(text: string): string {
	return text.replace(/\p{C}/gu, (character) => {
		return `\\u${character.codePointAt(0)!.toString(16).padStart(4, "0")}`;
	});
}
