/**
 * Encodes a document, one text for one value: members in their order, two spaces a level, a newline at
 * the end. Control characters that JSON would leave are escaped, as terminals obey them too.
 */
export function encodeDocument(document: object): string {
	const text = JSON.stringify(document, null, 2);
	return `${text.replace(/[\x7f-\x9f]/g, escapeCharacter)}\n`;
}

function escapeCharacter(character: string): string {
	return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
