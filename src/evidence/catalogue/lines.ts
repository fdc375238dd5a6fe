import { type Content, contentChunks } from "../../ground/bytes/index.js";
import { CatalogueFault } from "./errors.js";
import { STANZA_LIMIT } from "./limits.js";

const NEWLINE = 10;

/**
 * Yields the lines of a content, without their newlines. Bytes that are not UTF-8 become U+FFFD.
 * @throws CatalogueFault at a line of more than `STANZA_LIMIT` bytes.
 */
export function* readLines(content: Content): Generator<string> {
	let rest: Uint8Array[] = [];
	let restSize = 0;
	for (const chunk of contentChunks(content)) {
		const end = chunk.lastIndexOf(NEWLINE);
		if (end >= 0) {
			yield* decode([...rest, chunk.subarray(0, end)]).split("\n");
			[rest, restSize] = [[], 0];
		}
		rest.push(chunk.subarray(end + 1));
		restSize += chunk.length - end - 1;
		if (restSize > STANZA_LIMIT) throw new CatalogueFault(`expected lines of at most ${STANZA_LIMIT} bytes`);
	}
	if (restSize > 0) yield decode(rest);
}

/** Decodes many lines at once: no newline is a part of another character. */
function decode(parts: readonly Uint8Array[]): string {
	return Buffer.concat(parts).toString("utf8");
}

/** Returns whether a content ends with an empty line, like databases that were written completely. */
export function endsWithEmptyLine(content: Content): boolean {
	if (content.size < 2) return content.size === 0;
	const end = new Uint8Array(2);
	content.read(end, content.size - 2);
	return end[0] === NEWLINE && end[1] === NEWLINE;
}
