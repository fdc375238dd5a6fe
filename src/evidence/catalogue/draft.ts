import {
	type Catalogue,
	type Component,
	compareComponents,
	type IncompleteNote,
	identityOf,
	type OperatingSystem,
} from "./catalogue.js";
import { CatalogueFault } from "./errors.js";
import type { FileOwners } from "./file-owners.js";
import {
	COMPONENT_LIMIT,
	LICENCE_LIMIT,
	LISTS_LIMIT,
	NOTE_LIMIT,
	RELATION_LIMIT,
	VALUE_LIMIT,
} from "./limits.js";

/** A component without relations, as catalogers find it. */
export type Found = Omit<Component, "owner" | "requires">;

/** A component with relations that are still being collected. */
export interface ComponentDraft extends Found {
	owner: ComponentDraft | undefined;
	readonly requires: Set<ComponentDraft>;
}

/** Collects components, relations and notes from all catalogers. */
export class CatalogueDraft {
	system: OperatingSystem | undefined;
	/** See `Catalogue.newest`. */
	newest: number | undefined;
	/** Components by their identity, so that none is listed twice. */
	readonly #components: Map<string, ComponentDraft> = new Map();
	readonly #notes: Map<string, IncompleteNote> = new Map();
	/** Components by the file that states them. */
	readonly #stated: Map<string, Set<ComponentDraft>> = new Map();
	readonly #owners: FileOwners | undefined;
	#relations = 0;
	#listed = 0;

	/** @param owners collects the files of packages, if that is wanted. */
	constructor(owners?: FileOwners) {
		this.#owners = owners;
	}

	/** Adds a component. @returns undefined if it exceeds a limit, which becomes a note. */
	add(found: Found): ComponentDraft | undefined {
		if (this.#components.size >= COMPONENT_LIMIT) {
			return this.#refuse(found.path, `expected at most ${COMPONENT_LIMIT} components in an image`);
		}
		const { namespace, name, version, licence = "" } = found;
		if ([namespace, name, version].some(({ length }) => length > VALUE_LIMIT)) {
			const what = name.slice(0, 40);
			return this.#refuse(found.path, `${what}: expected at most ${VALUE_LIMIT} characters in a value`);
		}
		const key = identityOf(found).join("\0");
		const known = this.#components.get(key);
		if (known !== undefined) return known;
		const named = licence.length > LICENCE_LIMIT ? { ...found, licence: undefined } : found;
		const component: ComponentDraft = { ...named, owner: undefined, requires: new Set() };
		this.#components.set(key, component);
		return component;
	}

	/** Adds a component whose file may belong to a system package. */
	addOwnable(found: Found): ComponentDraft | undefined {
		const component = this.add(found);
		if (component === undefined) return undefined;
		const stated = this.#stated.get(found.path);
		if (stated === undefined) this.#stated.set(found.path, new Set([component]));
		else stated.add(component);
		return component;
	}

	/** Whether the lists of files of system packages are needed. */
	get wantsClaims(): boolean {
		return this.#stated.size > 0 || this.wantsOwners;
	}

	/** Whether the package of every file is wanted. */
	get wantsOwners(): boolean {
		return this.#owners !== undefined;
	}

	/** Records that a system package installed a file. The first package that claims a file owns it. */
	claim(path: string, owner: ComponentDraft): void {
		this.#owners?.claim(path, owner, "system");
		if (this.#stated.size === 0) return;
		for (const component of this.#stated.get(path) ?? []) component.owner = owner;
		this.#stated.delete(path);
	}

	/** Records that a package of a language lists a file. */
	claimListed(path: string, owner: ComponentDraft): void {
		this.#owners?.claim(path, owner, "language");
	}

	/**
	 * Records that everything in a directory belongs to a package of a language. @param directory see
	 * `FileOwners`.
	 */
	claimDirectory(directory: string, owner: ComponentDraft): void {
		this.#owners?.claimDirectory(directory, owner);
	}

	/** Returns whether to read a list of files. Lists beyond a limit become a note. */
	takesList(path: string, size: number): boolean {
		this.#listed += size;
		if (this.#listed <= LISTS_LIMIT) return true;
		this.note(path, `expected lists of files of at most ${LISTS_LIMIT} bytes together`);
		return false;
	}

	/** Reads something. If it is damaged, a note is made, and other things can still be read. */
	attempt<T>(path: string, read: () => T): T | undefined {
		try {
			return read();
		} catch (error) {
			if (!(error instanceof CatalogueFault)) throw error;
			this.note(path, error.message);
			return undefined;
		}
	}

	/** Records a dependency on another component of the image. */
	require(component: ComponentDraft, other: ComponentDraft): void {
		if (other === component || component.requires.has(other)) return;
		if (++this.#relations === RELATION_LIMIT)
			this.note("/", `only ${RELATION_LIMIT} dependencies are listed`);
		if (this.#relations < RELATION_LIMIT) component.requires.add(other);
	}

	/** Records that something exists that was not read completely. */
	note(path: string, reason: string): void {
		if (this.#notes.size > NOTE_LIMIT) return;
		const isLast = this.#notes.size === NOTE_LIMIT;
		const note = isLast ? { path: "/", reason: "there is more that was not read" } : { path, reason };
		this.#notes.set(`${note.path}\0${note.reason}`, note);
	}

	/** Returns the sorted catalogue, and the owners of files. */
	finish(): { readonly catalogue: Catalogue; readonly owners: Int32Array | undefined } {
		const sorted = [...this.#components.values()].sort(compareComponents);
		const indexes = new Map(sorted.map((component, index) => [component, index]));
		const components = sorted.map(({ owner, requires, ...found }) => ({
			...found,
			owner: owner && indexes.get(owner),
			requires: [...requires].map((other) => indexes.get(other)!).sort((a, b) => a - b),
		}));
		const incomplete = [...this.#notes.values()].sort((a, b) =>
			a.path === b.path ? (a.reason < b.reason ? -1 : 1) : a.path < b.path ? -1 : 1,
		);
		const catalogue = { system: this.system, components, incomplete, newest: this.newest };
		return { catalogue, owners: this.#owners?.settle(indexes) };
	}

	#refuse(path: string, reason: string): undefined {
		this.note(path, reason);
		return undefined;
	}
}
