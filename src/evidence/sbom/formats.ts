import { encodeCycloneDx } from "./cyclonedx.js";
import { encodeSpdx } from "./spdx.js";
import type { SbomSubject } from "./subject.js";

/** Forms of documents by their names on the command line. */
export type SbomFormat = "spdx-json" | "cyclonedx-json";

interface FormatFacts {
	/** What a document's name ends with, after the name of the package's file. */
	readonly suffix: string;
	readonly encode: (subject: SbomSubject) => string;
}

const FORMATS: Readonly<Record<SbomFormat, FormatFacts>> = {
	"spdx-json": { suffix: ".spdx.json", encode: encodeSpdx },
	"cyclonedx-json": { suffix: ".cdx.json", encode: encodeCycloneDx },
};

export const SBOM_FORMATS: readonly SbomFormat[] = Object.keys(FORMATS) as SbomFormat[];

/** Encodes the document of a subject in a form. Equal subjects give equal bytes. */
export function encodeSbom(subject: SbomSubject, format: SbomFormat): string {
	return FORMATS[format].encode(subject);
}
