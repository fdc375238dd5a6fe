import { createHash } from "node:crypto";
import { sha256Hex } from "../../ground/bytes/index.js";

/** The namespace for URLs (RFC 9562, part 6.6). */
const URL_NAMESPACE = Buffer.from("6ba7b8119dad11d180b400c04fd430c8", "hex");

/** Returns the namespace of an SPDX document about a subject with this SHA-256. */
export function spdxNamespace(identity: string): string {
	return `urn:pvpkg:spdx:${identity}`;
}

/** Returns the identity in an SPDX namespace of ours; undefined for other namespaces. */
export function identityOfNamespace(namespace: string): string | undefined {
	return /^urn:pvpkg:spdx:([0-9a-f]{64})$/.exec(namespace)?.[1];
}

/** Returns the serial number of a CycloneDX document: a UUID of version 5 (RFC 9562, part 5.5). */
export function serialNumber(identity: string): string {
	const name = `urn:pvpkg:cyclonedx:${identity}`;
	const bytes = createHash("sha1").update(URL_NAMESPACE).update(name).digest().subarray(0, 16);
	bytes[6] = (bytes[6]! & 0x0f) | 0x50;
	bytes[8] = (bytes[8]! & 0x3f) | 0x80;
	const hex = bytes.toString("hex");
	const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)];
	return `urn:uuid:${parts.join("-")}`;
}

/** Returns an SPDX identifier: `SPDXRef-Package-deb-apt-0123456789ab`. The digest distinguishes equal names. */
export function spdxId(kind: string, name: string, ...distinct: readonly string[]): string {
	const digest = sha256Hex(distinct.join("\0")).slice(0, 12);
	return `SPDXRef-${kind}-${idText(name)}-${digest}`;
}

/** Returns the name of a licence that is in no list. SPDX requires that its text is in the document. */
export function licenceReference(declared: string): string {
	return `LicenseRef-${idText(declared)}-${sha256Hex(declared).slice(0, 12)}`;
}

/** Returns a string with the characters of identifiers: letters, digits, dots and hyphens. */
function idText(text: string): string {
	return text.slice(0, 64).replace(/[^A-Za-z0-9.-]+/g, "-");
}

/** Formats seconds since 1970 as in documents: `2024-01-01T00:00:00Z`. */
export function documentTime(seconds: number): string {
	return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}

// A CPE 2.3 name has eleven fields after the prefix; the seventh is a language.
const CPE_FIELD = String.raw`(?:[*-]|(?:[A-Za-z0-9._-]|\\[!-/:-@[-^\`{-~])+)`;
const CPE23 = new RegExp(
	`^cpe:2\\.3:[aho*-](?::${CPE_FIELD}){5}:(?:[*-]|[A-Za-z]{2,3})(?::${CPE_FIELD}){4}$`,
);
const CPE22 = /^cpe:\/[aho](?::[A-Za-z0-9._~%-]*){0,6}$/;

/** Returns the form of a CPE name; undefined if it is not a CPE name. */
export function cpeForm(cpe: string): "cpe23Type" | "cpe22Type" | undefined {
	if (CPE23.test(cpe)) return "cpe23Type";
	return CPE22.test(cpe) ? "cpe22Type" : undefined;
}
