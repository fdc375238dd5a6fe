import type { ImageEvidence, TreeObserver } from "../../container/index.js";
import { sha256Hex } from "../../ground/bytes/index.js";
import { programDigest } from "../../ground/files/index.js";
import type { Catalogue } from "./catalogue.js";
import { catalogueTree } from "./catalogue-tree.js";
import { catalogueValue, parseCatalogueValue } from "./catalogue-value.js";
import { CatalogueFault } from "./errors.js";

/** Programs that decide the contents of a catalogue. */
export const CATALOGUE_PROGRAMS: readonly string[] = [
	"./index.js",
	"../rpmdb/index.js",
	"../sqlite/index.js",
];

/** Returns the observer that catalogues trees while images are made of them. */
export function catalogueObserver(): TreeObserver {
	return { key: observationKey(), observe: (tree) => catalogueValue(catalogueTree(tree)) };
}

/**
 * Returns the catalogue of a container from the observations of its images. The last image counts, because it was
 * observed as the container sees it, together with the images below.
 */
export function catalogueOfImages(images: readonly ImageEvidence[]): Catalogue {
	for (const { observations } of images.toReversed()) {
		const value = observations.get(observationKey());
		const catalogue = value === undefined ? undefined : readCatalogue(value);
		if (catalogue !== undefined) return catalogue;
	}
	return UNKNOWN;
}

let key: string | undefined;

function observationKey(): string {
	key ??= sha256Hex(
		CATALOGUE_PROGRAMS.map((path) => programDigest(new URL(path, import.meta.url).href)).join(),
	);
	return `catalogue:${key}`;
}

/** Result for an image that was taken over from elsewhere, so that its tree was not observed. */
const UNKNOWN: Catalogue = {
	components: [],
	incomplete: [{ path: "/", reason: "the root file system was not catalogued" }],
};

function readCatalogue(value: Parameters<typeof parseCatalogueValue>[0]): Catalogue | undefined {
	try {
		return parseCatalogueValue(value);
	} catch (error) {
		if (error instanceof CatalogueFault) return undefined;
		throw error;
	}
}
