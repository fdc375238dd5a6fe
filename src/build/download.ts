import type { RegistryOptions } from "../registry/index.js";

/** The bytes at an address; the HTTP client takes a while to load, and is when they are asked for. */
export async function* openUrl(
	url: string,
	options: RegistryOptions,
	signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
	const { downloadUrl } = await import("../registry/index.js");
	yield* downloadUrl(url, options, signal);
}
