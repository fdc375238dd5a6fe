/** Most characters of a line that are shown: a foreign document may be one line of megabytes. */
const SHOWN_LENGTH = 500;

/**
 * Returns a foreign string with escapes for everything that is invisible or changes the direction of the text
 * around it: control characters, marks of direction, and characters that Unicode has not assigned.
 */
export function visibleText(text: string): string {
	return text.replace(/\p{C}/gu, (character) => {
		return `\\u${character.codePointAt(0)!.toString(16).padStart(4, "0")}`;
	});
}

/** Returns a line of a foreign document as `visibleText` does, and cuts a long one. */
export function visibleLine(line: string): string {
	return line.length <= SHOWN_LENGTH ? visibleText(line) : `${visibleText(line.slice(0, SHOWN_LENGTH))}…`;
}
