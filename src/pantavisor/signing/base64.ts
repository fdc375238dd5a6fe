/**
 * Decodes base64 (RFC 4648, 4), with or without padding.
 * @returns undefined for a string with characters that are not base64, or with an impossible length.
 */
export function decodeBase64(text: string): Buffer | undefined {
	const digits = withoutPadding(text);
	return digits !== undefined && /^[A-Za-z0-9+/]*$/.test(digits) ? Buffer.from(digits, "base64") : undefined;
}

/** Decodes base64url (RFC 4648, 5); the plain alphabet and padding are accepted too, as on devices. */
export function decodeBase64Url(text: string): Buffer | undefined {
	const digits = withoutPadding(text);
	if (digits === undefined || !/^[A-Za-z0-9_-]*$|^[A-Za-z0-9+/]*$/.test(digits)) return undefined;
	return Buffer.from(digits, "base64url");
}

/** Removes one or two equals signs at the end if the length shows that they are padding. */
function withoutPadding(text: string): string | undefined {
	const end = text.endsWith("==") ? -2 : text.endsWith("=") ? -1 : 0;
	if (end !== 0 && text.length % 4 !== 0) return undefined;
	const digits = end === 0 ? text : text.slice(0, end);
	return digits.length % 4 === 1 ? undefined : digits;
}
