import type { SbomFormat } from "../evidence/sbom/index.js";
import { type ContentsListing, listContents as listFlow, makeSbom as sbomFlow } from "../flows/index.js";
import { parsePlatform } from "../image/oci/index.js";
import { type MakeOptions, withSettings } from "./call.js";
import { libraryTool } from "./version.js";

/** What `listContents` and `makeSbom` take. */
export interface ContentsOptions extends MakeOptions {
	/** Platform to choose from an image, as `os/arch[/variant]`. */
	readonly platform?: string | undefined;
	/** Most bytes that a package may unpack to. Default: 4 GiB. */
	readonly maximumUnpacked?: number | undefined;
}

/**
 * Lists the software that is inside a package, a checkout, a squashfs, a directory, an image with its prefix, or an SBOM.
 * Packages of Debian, opkg, Alpine, RPM, Node, Python, Go and Rust are recognised.
 */
export async function listContents(place: string, options: ContentsOptions = {}): Promise<ContentsListing> {
	return withSettings(options, (settings) => listFlow(contentsRequest(place, options), settings));
}

/** Returns an SPDX 2.3 or CycloneDX 1.6 document about what `listContents` lists. */
export async function makeSbom(
	place: string,
	format: SbomFormat,
	options: ContentsOptions = {},
): Promise<string> {
	return withSettings(options, (settings) => sbomFlow(contentsRequest(place, options), format, settings));
}

function contentsRequest(place: string, { platform, maximumUnpacked }: ContentsOptions) {
	const chosen = platform === undefined ? undefined : parsePlatform(platform);
	return { place, platform: chosen, maximumUnpacked, tool: libraryTool() };
}
