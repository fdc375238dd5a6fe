import { join } from "node:path";
import { parseInput } from "../container/index.js";
import type { SbomFormat } from "../evidence/sbom/index.js";
import type { ExportRequest } from "../flows/index.js";
import {
	exportImage as exportFlow,
	planExport as planFlow,
	streamImage as streamFlow,
} from "../flows/index.js";
import { formatPlatform, type Platform, parsePlatform, parseReference } from "../image/oci/index.js";
import type { ByteSink } from "../pantavisor/package/index.js";
import { type MakeOptions, withSettings } from "./call.js";
import { type ContainerOptions, type Files, sourceOptions, stateFiles } from "./container-options.js";
import { LibraryError } from "./errors.js";
import { type MadePackage, madePackage } from "./package-summary.js";
import { type SignOptions, signingOf } from "./sign.js";
import { libraryTool } from "./version.js";

/** An image, and the container that is made of it. */
export interface ImageOptions extends MakeOptions {
	/**
	 * A reference such as `nginx:1.27`, or a place with its prefix: `oci:`, `oci-archive:`, `docker-archive:`,
	 * `docker-daemon:`; `dir:` and `tar:` for a root file system.
	 */
	readonly image: string;
	/** `NAME[:TAG]` that `src.json` records. Default: the name of the image. */
	readonly as?: string | undefined;
	/** Platforms as `os/arch[/variant]`. Default: all that the image has and that devices can have. */
	readonly platforms?: readonly string[] | undefined;
}

/** What goes into the packages of an image. */
export interface PackageOptions extends ImageOptions, ContainerOptions, SignOptions {
	/** Name of the container. Default: the last part of the image's name, `nginx` of `library/nginx:1.27`. */
	readonly name?: string | undefined;
	/** Further files of the container by their path, such as `mdev.json`. */
	readonly files?: Files | undefined;
	/** Files to add over the root file system, by their path in it: they become `_config/NAME/…`. */
	readonly overlay?: Files | undefined;
}

/** What `exportImage` takes. */
export interface ExportOptions extends PackageOptions {
	/**
	 * Directory for `NAME.LABEL.tgz`, which is made if it does not exist, or a function from a label to the path
	 * of its package. Default: the working directory.
	 */
	readonly output?: string | ((label: string) => string) | undefined;
	/** Formats of the SBOMs that are written beside each package. Default: none. */
	readonly sbom?: readonly SbomFormat[] | undefined;
}

/**
 * Makes packages of an image or a root file system, one for each platform. Either all packages get their names,
 * or none.
 * @throws PvpkgError with a literal `code`; the reason of `signal` when that is aborted.
 *
 * @example
 * const [web] = await exportImage({ image: "nginx:1.27", platforms: ["linux/arm64"], sign: { key } });
 * console.log(web.path, web.sha256);
 */
export async function exportImage(options: ExportOptions): Promise<MadePackage[]> {
	const request = packageRequest(options);
	const { output = ".", sbom } = options;
	const path =
		typeof output === "string" ? (label: string) => join(output, `${request.name}.${label}.tgz`) : output;
	const documents = sbom && { formats: sbom, tool: libraryTool() };
	const evidence = await withSettings(options, (settings) =>
		exportFlow({ ...request, path, sbom: documents }, settings),
	);
	return evidence.map(madePackage);
}

/**
 * Streams the package of one platform, without a file.
 * @param sink receives the bytes of the `.tgz` in order; a promise that `write` returns is waited for.
 * @throws PvpkgError; ERR_BUILD_PLATFORM where the image has several platforms and one of them was not chosen.
 */
export async function streamImage(options: PackageOptions, sink: ByteSink): Promise<MadePackage> {
	const request = packageRequest(options);
	return madePackage(await withSettings(options, (settings) => streamFlow(request, sink, settings)));
}

/** What an export would choose and fetch. */
export interface ExportPlan {
	/** The image that each platform would get. */
	readonly platforms: readonly PlannedPlatform[];
	/** Bytes that would come over the network. */
	readonly fetchSize: number;
}

/** The image of one platform. */
export interface PlannedPlatform {
	/** The platform that was requested. */
	readonly requested: string;
	/** The platform that was chosen. It may be a lower variant. */
	readonly platform: string;
	/** Digest of the manifest, `sha256:…`; undefined for a root file system. */
	readonly image: string | undefined;
	/** Bytes of configuration and layers as stored; undefined where they are not known. */
	readonly size: number | undefined;
}

/** Plans an export. It fetches only manifests and configurations of an image, and writes nothing. */
export async function planExport(options: ImageOptions): Promise<ExportPlan> {
	const { image, as } = options;
	const request = { image, as, platforms: platformsOf(options), outputDirectory: "." };
	const { platforms, fetchBytes } = await withSettings(options, (settings) => planFlow(request, settings));
	return {
		platforms: platforms.map(({ requested, platform, digest, size }) => ({
			requested: formatPlatform(requested),
			platform: formatPlatform(platform),
			image: digest,
			size,
		})),
		fetchSize: fetchBytes,
	};
}

/** Returns the request of a call. The signature comes first, so that a call without one fails before any work. */
function packageRequest(options: PackageOptions): Omit<ExportRequest, "path"> & { readonly name: string } {
	const signing = signingOf(options);
	const { image, as, name = nameOf(options), files, overlay } = options;
	return {
		...{ image, as, name, signing },
		platforms: platformsOf(options),
		options: sourceOptions(options),
		files: stateFiles(files),
		overlay: stateFiles(overlay),
	};
}

/** Returns the platforms of a call; undefined for all. @throws OciError ERR_PLATFORM */
function platformsOf({ platforms }: Pick<ImageOptions, "platforms">): Platform[] | undefined {
	return platforms?.map((text) => parsePlatform(text));
}

/** Returns the name that an image gives its container. @throws LibraryError ERR_OPTION where it has none. */
export function nameOf({ image, as }: Pick<ImageOptions, "image" | "as">): string {
	const input = parseInput(image);
	const [place] = input.kind === "image" ? input.places : [];
	const reference = as === undefined ? place?.kind === "registry" && place.reference : parseReference(as);
	if (reference) return reference.repository.split("/").at(-1)!;
	throw new LibraryError("ERR_OPTION", `${image}: name container: expected the option name, got none`);
}
