import { type Finder, finder, type RuleTable } from "../ground/findings/index.js";

type AgainstRuleId = "AGAINST_LOST" | "AGAINST_TWICE" | "AGAINST_STALE";

/** Rules for adding a package to a device's state (docs/formats/devices.md#the-importer). */
export const AGAINST_RULES: RuleTable<AgainstRuleId> = {
	AGAINST_LOST: {
		severity: "error",
		reason: "adding the package removes it, though it is of another part",
		remedy: "sign the part on the device with patterns that begin with its name, or push it again as well",
	},
	AGAINST_TWICE: {
		severity: "error",
		reason: "several signatures on the device cover it: the importer writes the old value and the new one",
		remedy: "push the packages whose signatures cover it together, each with all that its signature names",
	},
	AGAINST_STALE: {
		severity: "warning",
		reason: "is left over: the package has no such file, and no signature let it go",
		remedy: "sign the container: the importer removes what the old signature names",
	},
};

export const found: Finder<AgainstRuleId> = finder(AGAINST_RULES);
