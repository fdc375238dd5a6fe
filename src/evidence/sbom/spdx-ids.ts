import { licenceReference, spdxId } from "./identifiers.js";
import type { Entry } from "./inventory.js";
import type { CarriedReference } from "./subject.js";
import { UniqueNames } from "./unique-names.js";

/**
 * The identifiers of one SPDX document. The digest at the end of each is short, so that the maker of an image can
 * find two things with the same digest. Then the later one gets a number.
 */
export class SpdxIds {
	readonly #names: UniqueNames = new UniqueNames("-");
	readonly #licences: Map<string, string> = new Map();
	readonly #documents: Map<string, string> = new Map();

	/** Returns a new identifier of an element of the document; see `spdxId`. Call it once for each element. */
	next(kind: string, name: string, ...distinct: readonly string[]): string {
		return this.#names.next(spdxId(kind, name, ...distinct));
	}

	/** Returns the identifier of each entry of a container. */
	ofEntries(entries: readonly Entry[]): Map<Entry, string> {
		return new Map(entries.map((entry) => [entry, this.#ofEntry(entry)]));
	}

	/** Returns the name of a declared licence that is not an SPDX expression. */
	licence(declared: string): string {
		return this.#once(this.#licences, declared, licenceReference(declared));
	}

	/** Declared licences, by the names that they got. */
	get licences(): ReadonlyMap<string, string> {
		return new Map([...this.#licences].map(([declared, name]) => [name, declared]));
	}

	/** Returns the name of a document by a builder: the same one for all containers with this document. */
	document({ sha256 }: CarriedReference): string {
		return this.#once(this.#documents, sha256, `DocumentRef-${sha256.slice(0, 12)}`);
	}

	#ofEntry({ component: { type, name, path }, container, purl = "", reference }: Entry): string {
		return this.next(`Package-${type}`, name, container.name, purl, path, reference);
	}

	#once(known: Map<string, string>, thing: string, wanted: string): string {
		const name = known.get(thing) ?? this.#names.next(wanted);
		known.set(thing, name);
		return name;
	}
}
