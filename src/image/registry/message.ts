import { displayByteString, utf8ByteString } from "../../ground/bytes/index.js";

/** Returns a server's text for messages, shortened and without control characters. */
export function shown(text: string, limit = 300): string {
	const clean = displayByteString(utf8ByteString(text.slice(0, limit)));
	return text.length > limit ? `${clean}…` : clean;
}

/** Returns an address for messages, without user and query, as the addresses of storage servers are signed. */
export function shownUrl(url: URL): string {
	return `${url.origin}${url.pathname}`;
}
