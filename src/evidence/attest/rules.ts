import { type Finder, finder, type RuleTable } from "../../ground/findings/index.js";

export type AttestRule =
	| "ATT_FORM"
	| "ATT_TYPE"
	| "ATT_SIGNATURE"
	| "ATT_UNTRUSTED"
	| "ATT_SUBJECT"
	| "ATT_FILE"
	| "ATT_POLICY";

/** The rules for signed statements about a package. */
export const ATTEST_RULES: RuleTable<AttestRule> = {
	ATT_FORM: {
		severity: "error",
		reason: "is not an attestation that can be read: a Sigstore bundle, a DSSE envelope or a statement",
		remedy: "get it from its maker again",
	},
	ATT_TYPE: {
		severity: "error",
		reason: "says nothing that is understood: another type of payload, statement or predicate",
		remedy: "pass SLSA provenance v1, or an SPDX or CycloneDX SBOM, as an in-toto statement v1",
	},
	ATT_SIGNATURE: {
		severity: "error",
		reason: "the signature does not hold, though it names a trusted key: the statement was changed",
		remedy: "get it from its maker again",
	},
	ATT_UNTRUSTED: {
		severity: "warning",
		reason: "it is not signed by a trusted key, so it proves nothing",
		remedy: "name whom to trust with --attest-pubkey, --pubkey, --cacerts or --policy",
	},
	ATT_SUBJECT: {
		severity: "error",
		reason: "is about another package",
		remedy: "find the attestation that was made with the package",
	},
	ATT_FILE: {
		severity: "warning",
		reason: "is about the same state in another file: the package was signed or packed again since",
		remedy: "nothing to do when you signed it; else get the package and its attestation together",
	},
	ATT_POLICY: {
		severity: "error",
		reason: "the policy does not allow this builder or image with the key that signed",
		remedy: "build where the policy allows it, or extend the policy's attest entry",
	},
};

export const attestFinding: Finder<AttestRule> = finder(ATTEST_RULES);
