import { type Descriptor, type ImageSource, verifyBlob } from "../image/oci/index.js";
import { SourceError } from "../image/sources/index.js";
import { publicPlace } from "./address.js";
import type { RunSettings } from "./settings.js";

/**
 * Streams the bytes at an address. The HTTP client takes a while to load, so it is loaded here.
 * @throws SourceError ERR_OFFLINE; RegistryError
 */
export async function* openUrl(
	url: string,
	{ registry, offline, signal }: RunSettings,
): AsyncGenerator<Uint8Array> {
	if (offline)
		throw new SourceError("ERR_OFFLINE", `${publicPlace(url)}: download: the network is forbidden`);
	const { downloadUrl } = await import("../image/registry/index.js");
	yield* downloadUrl(url, registry, signal);
}

/** Returns the source of one blob at an address, whose digest is known. */
export function urlSource(url: string, settings: RunSettings): ImageSource {
	const name = publicPlace(url);
	return {
		name,
		fetchManifest: async () => {
			throw new SourceError("ERR_LOCATION", `${name}: read manifest: is a file, expected an image`);
		},
		openBlob: (descriptor, _, offset = 0) => checkedBytes(url, settings, descriptor, offset),
		close: async () => {},
	};
}

/** Streams the bytes from an offset on. All bytes are downloaded again and checked. */
async function* checkedBytes(
	url: string,
	settings: RunSettings,
	descriptor: Descriptor,
	offset: number,
): AsyncGenerator<Uint8Array> {
	let passed = 0;
	for await (const chunk of verifyBlob(openUrl(url, settings), descriptor, publicPlace(url))) {
		if (passed + chunk.length > offset) yield chunk.subarray(Math.max(0, offset - passed));
		passed += chunk.length;
	}
}
