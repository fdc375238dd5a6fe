import {
	type Catalogue,
	type Component,
	compareComponents,
	type IncompleteNote,
	identityOf,
	type OperatingSystem,
} from "./catalogue.js";
import { COMPONENT_LIMIT, LICENCE_LIMIT, NOTE_LIMIT, RELATION_LIMIT, VALUE_LIMIT } from "./limits.js";

/** What a cataloger finds. */
export type Found = Omit<Component, "owner" | "requires">;

/** A found component, with its relations while they are gathered. */
export interface ComponentDraft extends Found {
	owner: ComponentDraft | undefined;
	readonly requires: Set<ComponentDraft>;
}

/** Gathers components, relations and notes from all catalogers. */
export class CatalogueDraft {
	system: OperatingSystem | undefined;
	/** See `Catalogue.newest`. */
	newest: number | undefined;
	/** By what distinguishes components, so that none is listed twice. */
	readonly #components: Map<string, ComponentDraft> = new Map();
	readonly #notes: Map<string, IncompleteNote> = new Map();
	/** Components by the file that states them. */
	readonly #stated: Map<string, Set<ComponentDraft>> = new Map();
	#relations = 0;

	/** Adds a component; `undefined` when it is over a limit, which becomes a note. */
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

	/** Adds a component whose file a package of the system may have installed. */
	addOwnable(found: Found): ComponentDraft | undefined {
		const component = this.add(found);
		if (component === undefined) return undefined;
		const stated = this.#stated.get(found.path);
		if (stated === undefined) this.#stated.set(found.path, new Set([component]));
		else stated.add(component);
		return component;
	}

	/** Whether asking packages for the files that they installed can have an answer. */
	get hasOwnable(): boolean {
		return this.#stated.size > 0;
	}

	/** Records that a package installed a file. The first one that says so owns it. */
	claim(path: string, owner: ComponentDraft): void {
		for (const component of this.#stated.get(path) ?? []) component.owner = owner;
		this.#stated.delete(path);
	}

	/** Records a dependency on another component of the image. */
	require(component: ComponentDraft, other: ComponentDraft): void {
		if (other === component || component.requires.has(other)) return;
		if (++this.#relations === RELATION_LIMIT)
			this.note("/", `only ${RELATION_LIMIT} dependencies are listed`);
		if (this.#relations < RELATION_LIMIT) component.requires.add(other);
	}

	/** Records that something is there and was not read, or not whole. */
	note(path: string, reason: string): void {
		if (this.#notes.size > NOTE_LIMIT) return;
		const isLast = this.#notes.size === NOTE_LIMIT;
		const note = isLast ? { path: "/", reason: "more was not read than is listed here" } : { path, reason };
		this.#notes.set(`${note.path}\0${note.reason}`, note);
	}

	/** Returns the catalogue, in its order. */
	finish(): Catalogue {
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
		return { system: this.system, components, incomplete, newest: this.newest };
	}

	#refuse(path: string, reason: string): undefined {
		this.note(path, reason);
		return undefined;
	}
}
