import { type Finder, finder, type RuleTable } from "../../ground/findings/index.js";

type SbomRule = "SBOM_IDENTITY" | "SBOM_IMAGE";

/** The rules for documents about a package. */
export const SBOM_RULES: RuleTable<SbomRule> = {
	SBOM_IDENTITY: {
		severity: "error",
		reason: "the SBOM is about another state: what it lists need not be in the package",
		remedy: 'make it again with "pvpkg sbom", or find the one that was made with the package',
	},
	SBOM_IMAGE: {
		severity: "error",
		reason: "the SBOM names other images than the package has",
		remedy: 'make it again with "pvpkg sbom", or find the one that was made with the package',
	},
};

export const sbomFinding: Finder<SbomRule> = finder(SBOM_RULES);
