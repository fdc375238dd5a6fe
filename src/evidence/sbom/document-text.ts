/**
 * Encodes a document: members in their order, two spaces a level, a newline at the end. Equal values give equal
 * bytes. Control characters that JSON allows are escaped too, as terminals obey them.
 */
export function encodeDocument(document: object): string {
	const text = JSON.stringify(document, null, 2);
	return `${text.replace(/[\x7f-\x9f]/g, escapeCharacter)}\n`;
}

function escapeCharacter(character: string): string {
	return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
