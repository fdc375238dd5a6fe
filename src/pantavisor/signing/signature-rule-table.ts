import type { RuleTable } from "../../ground/findings/index.js";

type SignatureRuleId =
	| "SIGNATURE_PLACE"
	| "SIGNATURE_MOVED"
	| "SIGNATURE_TWICE"
	| "SIGNATURE_TYPE"
	| "SIGNATURE_HEADER_ORDER"
	| "SIGNATURE_HEADER_TEXT"
	| "SIGNATURE_INCLUDE"
	| "SIGNATURE_EXCLUDE"
	| "SIGNATURE_PATTERN"
	| "SIGNATURE_EMPTY"
	| "SIGNATURE_SELECTION"
	| "SIGNATURE_CHAIN"
	| "SIGNATURE_KEY";

const SIGN = 'sign again with "pvpkg sign"';

/**
 * Rules for valid signatures that devices do not check, refuse or crash on
 * (docs/formats/devices.md#the-signature-check).
 */
export const SIGNATURE_RULES: RuleTable<SignatureRuleId> = {
	SIGNATURE_PLACE: {
		severity: "warning",
		reason: "a signature outside _sigs/ is verified by devices all the same",
		remedy: "move it, or remove it",
	},
	SIGNATURE_MOVED: {
		severity: "error",
		reason:
			"was made for another file: it stays on the device when what it covers is updated, and makes it refuse the update",
		remedy: "do not use this package: somebody has copied a signature; get it from its maker again",
	},
	SIGNATURE_TWICE: {
		severity: "warning",
		reason:
			"covers what another signature covers: the importer writes the old value and the new one at the next update",
		remedy: "keep one signature for each file",
	},
	SIGNATURE_TYPE: {
		severity: "error",
		reason: 'devices take only signatures of the type "PVS"',
		remedy: SIGN,
	},
	SIGNATURE_HEADER_ORDER: {
		severity: "error",
		reason: "the order of the header's members makes the importer crash, or read another algorithm",
		remedy: SIGN,
	},
	SIGNATURE_HEADER_TEXT: {
		severity: "error",
		reason: "the header has escapes, which devices do not decode: they read other patterns or certificates",
		remedy: SIGN,
	},
	SIGNATURE_INCLUDE: { severity: "error", reason: "the list of includes is missing or empty", remedy: SIGN },
	SIGNATURE_EXCLUDE: {
		severity: "error",
		reason: "without a list of excludes the device crashes",
		remedy: SIGN,
	},
	SIGNATURE_PATTERN: {
		severity: "error",
		reason: "a pattern that begins with *: adding the package again removes every other one",
		remedy: "use patterns that begin with the name of the container",
	},
	SIGNATURE_EMPTY: {
		severity: "error",
		reason: "covers nothing: the device refuses it",
		remedy: "remove the signature, or sign what is there",
	},
	SIGNATURE_SELECTION: {
		severity: "error",
		reason: "the device reads the patterns in another way and comes to other files",
		remedy: "use NAME/** and plain names as patterns",
	},
	SIGNATURE_CHAIN: {
		severity: "error",
		reason: "an empty chain of certificates (x5c): the device refuses it",
		remedy: SIGN,
	},
	SIGNATURE_KEY: {
		severity: "error",
		reason: "a key of a kind or size that devices refuse",
		remedy: "sign with RSA of 2048 bits or more, or EC on P-256, P-384 or P-521",
	},
};
