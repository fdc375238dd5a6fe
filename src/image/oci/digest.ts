import { createHash } from "node:crypto";
import { displayByteString, utf8ByteString } from "../../ground/bytes/index.js";
import { OciError } from "./errors.js";
import type { Digest } from "./nouns.js";

/** Supported algorithms of digests. */
export type DigestAlgorithm = "sha256" | "sha512";

const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/**
 * Parses a digest. This is strict, because digests become file names: lower-case hex of the right length, sha256 or
 * sha512, nothing before or after.
 * @param subject origin of the string, for messages.
 * @throws OciError ERR_DIGEST
 */
export function parseDigest(text: string, subject?: string): Digest {
	if (isDigest(text)) return text;
	const shown = displayByteString(utf8ByteString(text.slice(0, 160)));
	const where = subject === undefined ? "" : `${subject}: `;
	throw new OciError("ERR_DIGEST", `${where}parse digest: expected ${expectedForm(text)}, got "${shown}"`);
}

export function isDigest(text: string): text is Digest {
	return DIGEST.test(text);
}

/** Returns the digest of bytes in memory. */
export function digestBytes(bytes: Uint8Array, algorithm: DigestAlgorithm = "sha256"): Digest {
	return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}` as Digest;
}

export function digestAlgorithm(digest: Digest): DigestAlgorithm {
	return digest.startsWith("sha512:") ? "sha512" : "sha256";
}

function expectedForm(text: string): string {
	if (text.startsWith("sha256:")) return "64 lower-case hex digits after sha256:";
	if (text.startsWith("sha512:")) return "128 lower-case hex digits after sha512:";
	return "sha256:<hex> or sha512:<hex>";
}
