import { PackageURL } from "packageurl-js";
import type { Component } from "../catalogue/index.js";

/**
 * Returns the package URL of a component (https://github.com/package-url/purl-spec); undefined if a package URL
 * cannot have its name.
 */
export function purlOf({ type, namespace, name, version, qualifiers }: Component): string | undefined {
	try {
		return formatPurl(new PackageURL(type, namespace, name, version, qualifiers, undefined));
	} catch {
		return undefined;
	}
}

/**
 * Returns a package URL in the only spelling that the specification allows. packageurl-js 2.0.1 does not encode
 * plus signs and what encodeURIComponent() leaves unchanged, and encodes the colons of qualifiers.
 */
export function formatPurl(url: PackageURL): string {
	const encode = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
	return url
		.toString()
		.replaceAll("%3A", ":")
		.replace(/[+!'()*]/g, encode);
}

/** The parts of a package URL, decoded. */
export interface PackageIdentity {
	readonly type: string;
	/** Name with the namespace: `debian/apt`, `@scope/name`. */
	readonly name: string;
	readonly version: string;
	readonly arch: string;
}

/** Parses a package URL from any document; undefined if it is not a package URL. */
export function parsePurl(text: string): PackageIdentity | undefined {
	try {
		const { type, namespace, name, version, qualifiers } = PackageURL.fromString(text);
		return {
			type,
			name: namespace ? `${namespace}/${name}` : name,
			version: version ?? "",
			arch: qualifiers?.arch ?? "",
		};
	} catch {
		return undefined;
	}
}
