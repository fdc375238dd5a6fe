export { parseCiConfigPlatforms } from "./ci-config.js";
export { ReleaseError, type ReleaseErrorCode } from "./errors.js";
export {
	ARCH_LABELS,
	type ArchLabel,
	distinctLabels,
	findLabel,
	labelPlatform,
	parseLabel,
	parsePlatformWord,
	platformLabel,
	projectLabels,
} from "./label.js";
export { labelOfPath } from "./label-of-path.js";
export {
	formatBuildVersion,
	formatPackageName,
	type GitFacts,
	type PackageNameParts,
} from "./package-name.js";
export { type Project, parseProject } from "./project.js";
