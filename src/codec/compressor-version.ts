import { programDigest } from "../ground/files/index.js";

let version: string | undefined;

/** Names this build of the compressors: blocks of two builds with one version are equal. */
export function compressorVersion(): string {
	version ??= programDigest(import.meta.url);
	return version;
}
