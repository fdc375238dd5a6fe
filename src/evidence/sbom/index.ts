export {
	type CarriedDocument,
	type CarriedDocuments,
	parseCarried,
	readBuildKitDocuments,
} from "./buildkit.js";
export { checkSbom } from "./check.js";
export { type ComponentChange, compareComponents, type SbomComparison } from "./comparison.js";
export { parseSbom, type SbomFacts } from "./document-reader.js";
export type { SbomErrorCode } from "./errors.js";
export { encodeSbom, SBOM_FORMATS, type SbomFormat } from "./formats.js";
export { type ListedComponent, listCatalogue, listComponent } from "./listing.js";
export {
	carriedName,
	carriedReferences,
	newestTime,
	packageSubject,
	withUnreadVolumes,
} from "./package-subject.js";
export { formatPurl } from "./purl.js";
export { SBOM_RULES } from "./rules.js";
export type { SbomContainer, SbomImage, SbomSubject } from "./subject.js";
