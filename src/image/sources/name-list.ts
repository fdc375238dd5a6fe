import { displayByteString, utf8ByteString } from "../../ground/bytes/index.js";

/** As many names as an error lists. */
const MAXIMUM_NAMES = 20;

/** Names that come from an archive, for messages: without control characters, and not all of 60,000. */
export function listNames(names: readonly string[], separator = ", "): string {
	const shown = names.slice(0, MAXIMUM_NAMES).map((name) => displayByteString(utf8ByteString(name)));
	const more = names.length > shown.length ? [`and ${names.length - shown.length} more`] : [];
	return [...shown, ...more].join(separator) || "none";
}
