import { encodeCycloneDx } from "./cyclonedx.js";
import { encodeSpdx } from "./spdx.js";
import type { SbomSubject } from "./subject.js";

/** Forms of documents, by their names on the command line. */
export type SbomFormat = "spdx-json" | "cyclonedx-json";

const ENCODERS: Readonly<Record<SbomFormat, (subject: SbomSubject) => string>> = {
	"spdx-json": encodeSpdx,
	"cyclonedx-json": encodeCycloneDx,
};

export const SBOM_FORMATS: readonly SbomFormat[] = Object.keys(ENCODERS) as SbomFormat[];

/** Encodes the document of a subject in a form. Equal subjects give equal bytes. */
export function encodeSbom(subject: SbomSubject, format: SbomFormat): string {
	return ENCODERS[format](subject);
}
