import { createHash, type KeyObject } from "node:crypto";
import { sha256Hex } from "../../ground/bytes/index.js";

// All names and types in attestations. Names of our own are below urn:pvpkg:.

export const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";
export const PAYLOAD_TYPE = "application/vnd.in-toto+json";
export const BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";
/** Earlier spellings, in other bundles with an envelope. */
export const OTHER_BUNDLE_TYPES: readonly string[] = [
	"application/vnd.dev.sigstore.bundle+json;version=0.1",
	"application/vnd.dev.sigstore.bundle+json;version=0.2",
	"application/vnd.dev.sigstore.bundle+json;version=0.3",
];

/** What a statement says about its subjects. */
export type StatementKind = "provenance" | "spdx" | "cyclonedx";

export const PREDICATE_TYPES: Readonly<Record<StatementKind, string>> = {
	provenance: "https://slsa.dev/provenance/v1",
	spdx: "https://spdx.dev/Document",
	cyclonedx: "https://cyclonedx.org/bom",
};

/** Returns the kind of a predicate type. SBOMs may have their version after a slash. */
export function kindOfPredicate(predicateType: string): StatementKind | undefined {
	if (predicateType === PREDICATE_TYPES.provenance) return "provenance";
	const versionless = predicateType.replace(/\/v\d{1,3}(?:\.\d{1,3})?$/, "");
	return (["spdx", "cyclonedx"] as const).find((kind) => PREDICATE_TYPES[kind] === versionless);
}

/** How a package was made; docs/provenance.md explains the parameters of each. */
export type BuildType = "export" | "build";

export const BUILD_TYPES: Readonly<Record<BuildType, string>> = {
	export: "urn:pvpkg:buildtype:export:1",
	build: "urn:pvpkg:buildtype:build:1",
};

/** The builder if no CI system names one. */
export const UNATTENDED_BUILDER = "urn:pvpkg:builder:unattended";
/** Name of the subject that is the state of the package without its signatures. */
export const STATE_SUBJECT = "state";

/** Returns the name of a key in envelopes: the lower-case hex SHA-256 of its SubjectPublicKeyInfo. */
export function keyId(key: KeyObject): string {
	return sha256Hex(publicInfo(key));
}

/** Returns the name of a key in bundles: the same digest in base64. */
export function keyHint(key: KeyObject): string {
	return createHash("sha256").update(publicInfo(key)).digest("base64");
}

function publicInfo(key: KeyObject): Buffer {
	return key.export({ type: "spki", format: "der" });
}
