import { createHash, hash } from "node:crypto";
import type { Content } from "./content.js";

const CHUNK = 1 << 18;
const known = new WeakMap<Content, string>();
const chunk = new Uint8Array(CHUNK);

/** Returns the SHA-256 of a content, lower-case hex: the known one, or one computed once per content object. */
export function contentSha256(content: Content): string {
	return knownSha256(content) ?? rememberSha256(content, computeSha256(content));
}

/** Returns the digest of a content if it is known already. */
export function knownSha256(content: Content): string | undefined {
	return content.sha256 ?? known.get(content);
}

/** Keeps a digest that was computed elsewhere, such as in another thread, and returns it. */
export function rememberSha256(content: Content, digest: string): string {
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
