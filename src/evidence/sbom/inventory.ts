import type { Component } from "../catalogue/index.js";
import { spdxExpression } from "./licence.js";
import { purlOf } from "./purl.js";
import type { SbomContainer, SbomSubject } from "./subject.js";
import { UniqueNames } from "./unique-names.js";

/** A component with its names in documents. */
export interface Entry {
	readonly component: Component;
	readonly container: SbomContainer;
	readonly purl: string | undefined;
	/** Unique in the document: the package URL, with the path if needed. */
	readonly reference: string;
	/** The declared licence as an SPDX expression; undefined if it is not one. */
	readonly expression: string | undefined;
	/** Components whose files this one installed. */
	readonly owned: Entry[];
	readonly isOwned: boolean;
	requires: readonly Entry[];
}

/** Returns the entries of each container, by package URL, then by path. */
export function listEntries(subject: SbomSubject): Map<SbomContainer, Entry[]> {
	const references = new References(subject);
	return new Map(subject.containers.map((container) => [container, containerEntries(container, references)]));
}

function containerEntries(container: SbomContainer, references: References): Entry[] {
	const { components } = container.catalogue;
	const entries = components.map((component): Entry => {
		const { licence } = component;
		return {
			component,
			container,
			purl: references.purl(component),
			reference: references.next(component, container),
			expression: licence === undefined ? undefined : spdxExpression(licence),
			owned: [],
			isOwned: component.owner !== undefined,
			requires: [],
		};
	});
	for (const entry of entries) entry.requires = entry.component.requires.map((index) => entries[index]!);
	const sorted = entries.toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
	for (const entry of sorted) {
		if (entry.component.owner !== undefined) entries[entry.component.owner]!.owned.push(entry);
	}
	return sorted;
}

function sortKey({ purl = "", component, reference }: Entry): string {
	return [purl, component.path, reference].join("\0");
}

/** Gives components names that are unique in a document, and equal for equal subjects. */
class References {
	readonly #purls: Map<Component, string | undefined> = new Map();
	readonly #counts: Map<string, number> = new Map();
	readonly #names: UniqueNames = new UniqueNames("#");
	readonly #single: boolean;

	constructor({ containers }: SbomSubject) {
		this.#single = containers.length === 1;
		for (const component of containers.flatMap(({ catalogue }) => catalogue.components)) {
			const purl = purlOf(component);
			this.#purls.set(component, purl);
			if (purl !== undefined) this.#counts.set(purl, (this.#counts.get(purl) ?? 0) + 1);
		}
	}

	purl(component: Component): string | undefined {
		return this.#purls.get(component);
	}

	next(component: Component, container: SbomContainer): string {
		const { type, name, version, path } = component;
		const purl = this.#purls.get(component);
		const place = this.#single ? path : `/${container.name}${path}`;
		const isUnique = purl !== undefined && this.#counts.get(purl) === 1;
		const wanted = isUnique ? purl : `${purl ?? `${type}:${name}@${version}`}#${encodeURI(place)}`;
		return this.#names.next(wanted);
	}
}
