/**
 * A name, path or link target as bytes: one UTF-16 code unit (0..255) per byte.
 *
 * Names in images are bytes, not text, and need not be UTF-8. As a string of bytes they
 * still work as Map keys, and `<` on them is the unsigned byte order that squashfs wants.
 */
export type ByteString = string & { readonly __bytes: true };

/** Returns bytes from `start` to before `end` as a byte string, without decoding them. */
export function byteString(bytes: Uint8Array, start = 0, end: number = bytes.length): ByteString {
	const isBuffer = Buffer.isBuffer(bytes);
	const buffer = isBuffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	return buffer.toString("latin1", start, end) as ByteString;
}

/** Returns the bytes of a byte string. */
export function byteStringBytes(text: ByteString): Buffer {
	return Buffer.from(text, "latin1");
}

/** Returns the UTF-8 of a string as a byte string. */
export function utf8ByteString(text: string): ByteString {
	return byteString(Buffer.from(text, "utf8"));
}

/**
 * Returns a byte string for messages: valid UTF-8 as it is, `\xHH` for control characters and for all other
 * bytes, so that a hostile name cannot control a terminal.
 */
export function displayByteString(text: ByteString): string {
	// Fast path: a report has many thousand names, and most are printable ASCII.
	if (/^[\x20-\x5b\x5d-\x7e]*$/.test(text)) return text;
	const bytes = byteStringBytes(text);
	const decoded = bytes.toString("utf8");
	const sound = Buffer.from(decoded, "utf8").equals(bytes) ? decoded : text;
	const unsafe = sound === decoded ? /[\x00-\x1f\x7f-\x9f\\]/g : /[^\x20-\x5b\x5d-\x7e]/g;
	return sound.replace(unsafe, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
