import { displayByteString, utf8ByteString } from "../../ground/bytes/index.js";

/** Text of a server, shortened and without control characters, for messages. */
export function shown(text: string, limit = 300): string {
	const clean = displayByteString(utf8ByteString(text.slice(0, limit)));
	return text.length > limit ? `${clean}…` : clean;
}

/** An address for messages: without user and query, as those of storage hosts are signed. */
export function shownUrl(url: URL): string {
	return `${url.origin}${url.pathname}`;
}
