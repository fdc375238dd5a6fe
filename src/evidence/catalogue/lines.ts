import { type Content, contentChunks } from "../../ground/bytes/index.js";
import { CatalogueFault } from "./errors.js";
import { STANZA_LIMIT } from "./limits.js";

const NEWLINE = 10;

/**
 * Reads the lines of a text, without their newlines. Bytes that are not UTF-8 become U+FFFD.
 * @throws CatalogueFault at a line of more than `STANZA_LIMIT` bytes.
 */
export function* readLines(content: Content): Generator<string> {
	let rest: Uint8Array[] = [];
	let restSize = 0;
	for (const chunk of contentChunks(content)) {
		let start = 0;
		for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
			yield decode([...rest, chunk.subarray(start, end)]);
			[rest, restSize] = [[], 0];
			start = end + 1;
		}
		if (start === chunk.length) continue;
		rest.push(chunk.subarray(start));
		restSize += chunk.length - start;
		if (restSize > STANZA_LIMIT) throw new CatalogueFault(`expected lines of at most ${STANZA_LIMIT} bytes`);
	}
	if (restSize > 0) yield decode(rest);
}

function decode(parts: readonly Uint8Array[]): string {
	const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

/** Whether a text ends with an empty line, as the databases do that their programs wrote whole. */
export function endsWithEmptyLine(content: Content): boolean {
	if (content.size < 2) return content.size === 0;
	const end = new Uint8Array(2);
	content.read(end, content.size - 2);
	return end[0] === NEWLINE && end[1] === NEWLINE;
}
