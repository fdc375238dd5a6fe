import { programDigest } from "../ground/files/index.js";

let version: string | undefined;

/** Returns the version of the compressors. Builds with equal versions make equal blocks. */
export function compressorVersion(): string {
	version ??= programDigest(import.meta.url);
	return version;
}
