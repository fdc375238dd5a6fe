import { type Finder, finder, type RuleTable } from "../../ground/findings/index.js";

export type WireRuleId =
	| "PACKAGE_MEMBER_KIND"
	| "PACKAGE_MEMBER_HEADER"
	| "PACKAGE_MEMBER_SIZE"
	| "PACKAGE_MEMBER_NAME"
	| "PACKAGE_STATE_TWICE"
	| "PACKAGE_OBJECT_TWICE"
	| "PACKAGE_END"
	| "PACKAGE_TRAILING";

const REBUILD = 'make the package again with "pvpkg export" or "pvr export"';

/**
 * Rules for the archive of a package, so that every reader finds the same members in it
 * (docs/formats/devices.md#the-importer).
 */
export const WIRE_RULES: RuleTable<WireRuleId> = {
	PACKAGE_MEMBER_KIND: {
		severity: "error",
		reason:
			"is not a regular file: the importer ignores the type of a member and deploys it by its name, or crashes",
		remedy: REBUILD,
	},
	PACKAGE_MEMBER_HEADER: {
		severity: "error",
		reason: "has a header that the importer and other readers take for different things",
		remedy: REBUILD,
	},
	PACKAGE_MEMBER_SIZE: {
		severity: "error",
		reason: "its size is not eleven octal digits and an end: the importer reads on into the next field",
		remedy: REBUILD,
	},
	PACKAGE_MEMBER_NAME: {
		severity: "error",
		reason: 'the importer writes objects where their name says, and takes a beginning of "json" for json',
		remedy: `the names are json and objects/ with 64 hex digits; ${REBUILD}`,
	},
	PACKAGE_STATE_TWICE: {
		severity: "error",
		reason: "is in the package twice: the importer deploys the last one",
		remedy: `do not use this package: somebody has hidden a state in it, or ${REBUILD}`,
	},
	PACKAGE_OBJECT_TWICE: {
		severity: "error",
		reason: "is in the package twice: which of the two is deployed depends on the device",
		remedy: REBUILD,
	},
	PACKAGE_END: {
		severity: "error",
		reason: "is cut off: the importer never returns",
		remedy: "copy or download the package again",
	},
	PACKAGE_TRAILING: {
		severity: "error",
		reason: "bytes follow the end of the archive: readers disagree whether they belong to it",
		remedy: REBUILD,
	},
};

export const wireFinding: Finder<WireRuleId> = finder(WIRE_RULES);
