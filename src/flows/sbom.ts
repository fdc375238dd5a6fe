import type { RunSettings } from "../container/index.js";
import type { ListedComponent, SbomComparison, SbomFormat, SbomImage } from "../evidence/sbom/index.js";
import { readFileIfPresent } from "../ground/files/index.js";
import type { Finding } from "../ground/findings/index.js";
import type { State } from "../pantavisor/state/index.js";
import { type ContentsRequest, describeContents } from "./contents.js";
import { packageImages, stateIdentity } from "./package-contents.js";

/** The components of something, as far as they could be read. */
export interface ContentsListing {
	/** By type, name and version. */
	readonly components: readonly ListedComponent[];
	/** What could not be listed, with the reason. */
	readonly incomplete: readonly string[];
}

/**
 * Returns an SPDX or CycloneDX document about a package, a checkout, an image or a root file system.
 * @throws what `describeContents` throws.
 */
export async function makeSbom(
	request: ContentsRequest,
	format: SbomFormat,
	settings: RunSettings,
): Promise<string> {
	const { encodeSbom } = await import("../evidence/sbom/index.js");
	const subject = await describeContents(request, settings);
	for (const { name, catalogue } of subject.containers) {
		for (const note of catalogue.incomplete) settings.onWarning?.(`${name}: ${note.path}: ${note.reason}`);
	}
	return encodeSbom(subject, format);
}

/**
 * Lists what is inside a package, a checkout, an image or a root file system, or what a document says.
 * @throws SbomError, JsonError for a `.json` file that is not a document; what `describeContents` throws.
 */
export async function listContents(
	request: ContentsRequest,
	settings: RunSettings,
): Promise<ContentsListing> {
	const { listCatalogue, parseSbom } = await import("../evidence/sbom/index.js");
	const document = request.place.endsWith(".json") ? readFileIfPresent(request.place) : undefined;
	if (document !== undefined) return parseSbom(document, request.place);
	const { containers } = await describeContents(request, settings);
	return {
		components: containers.flatMap(({ catalogue }) => listCatalogue(catalogue)),
		incomplete: containers.flatMap(({ name, catalogue }) =>
			catalogue.incomplete.map(({ path, reason }) => `${name}: ${path}: ${reason}`),
		),
	};
}

/** Compares what is inside two things by type, name and version. */
export async function compareContents(
	before: ContentsListing,
	after: ContentsListing,
): Promise<SbomComparison> {
	const { compareComponents } = await import("../evidence/sbom/index.js");
	return compareComponents(before.components, after.components);
}

/**
 * Checks that a document is about a package, regardless of later signatures.
 * @param subject the document's file, for findings.
 */
export async function checkSbomDocument(
	document: Uint8Array,
	state: State,
	subject: string,
): Promise<Finding[]> {
	const { checkSbom, parseSbom } = await import("../evidence/sbom/index.js");
	const images: SbomImage[] = packageImages(state).flatMap((container) => [...container.images]);
	return checkSbom(parseSbom(document, subject), { identity: stateIdentity(state), images }, subject);
}
