import type { DevelopmentKeys, KeygenOptions } from "./development-keys.js";

export type { DevelopmentKeys, KeygenOptions } from "./development-keys.js";

/**
 * Makes an authority, a signing key and its certificate with the extended usage code signing. The authority's own
 * key is discarded, so that nobody can issue a second certificate in its name.
 */
export async function generateDevelopmentKeys(options: KeygenOptions): Promise<DevelopmentKeys> {
	// Only this function needs the certificate library, which takes a while to load.
	const { createDevelopmentKeys } = await import("./development-keys.js");
	return createDevelopmentKeys(options);
}
