import type { Catalogue, Component } from "../catalogue/index.js";
import { parsePurl, purlOf } from "./purl.js";

/** A component for lists and comparisons, whatever it was read from. */
export interface ListedComponent {
	/** Type of the package URL: `deb`. */
	readonly type: string;
	/** Name with the namespace: `debian/apt`. */
	readonly name: string;
	readonly version: string;
	readonly arch: string;
	readonly licence?: string | undefined;
	/** Path of the file that states it. */
	readonly path?: string | undefined;
}

/** Lists the components of a catalogue by type, name, version and path. */
export function listCatalogue({ components }: Catalogue): ListedComponent[] {
	return components.map(listComponent).sort(compareListed);
}

/** Returns a component of a catalogue for lists. */
export function listComponent(component: Component): ListedComponent {
	const { type, name, version, qualifiers, licence, path } = component;
	const identity = parsePurl(purlOf(component) ?? "");
	return { type, name, version, arch: qualifiers.arch ?? "", ...identity, licence, path };
}

export function compareListed(a: ListedComponent, b: ListedComponent): number {
	const [first, second] = [a, b].map(({ type, name, version, arch, path = "" }) =>
		[type, name, version, arch, path].join("\0"),
	);
	return first! < second! ? -1 : first === second ? 0 : 1;
}
