import { createHash, hash } from "node:crypto";
import type { Content } from "./content.js";

const CHUNK = 1 << 18;
const known = new WeakMap<Content, string>();
const chunk = new Uint8Array(CHUNK);

/** Lower-case hex SHA-256 of a content's bytes: the one it knows, else computed once per content object. */
export function contentSha256(content: Content): string {
	const digest = content.sha256 ?? known.get(content) ?? computeSha256(content);
	known.set(content, digest);
	return digest;
}

function computeSha256(content: Content): string {
	if (content.size <= CHUNK) return hash("sha256", readChunk(content, 0), "hex");
	const digest = createHash("sha256");
	for (let position = 0; position < content.size; position += CHUNK) {
		digest.update(readChunk(content, position));
	}
	return digest.digest("hex");
}

function readChunk(content: Content, position: number): Uint8Array {
	const part = chunk.subarray(0, Math.min(CHUNK, content.size - position));
	content.read(part, position);
	return part;
}
