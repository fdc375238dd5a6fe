import type { CatalogueDraft, ComponentDraft } from "./draft.js";
import { RELATION_LIMIT } from "./limits.js";

/** Most components that one name may stand for, such as those of several architectures. */
const PROVIDER_LIMIT = 16;

/** The names that the packages of one database provide and require. */
export class Requirements {
	readonly #providers: Map<string, ComponentDraft[]> = new Map();
	readonly #wanted: [ComponentDraft, readonly string[]][] = [];

	/** Records that a component provides a name. Its own name comes before names that others provide. */
	provide(name: string, component: ComponentDraft): void {
		const providers = this.#providers.get(name);
		if (providers === undefined) this.#providers.set(name, [component]);
		else if (providers.length >= PROVIDER_LIMIT) return;
		else if (name === component.name) providers.unshift(component);
		else providers.push(component);
	}

	/** Records that a component requires one of these names. The first one in the image counts. */
	require(component: ComponentDraft, alternatives: readonly string[]): void {
		if (this.#wanted.length < RELATION_LIMIT) this.#wanted.push([component, alternatives]);
	}

	/** Turns names into relations of components. Names that nothing in the image provides are left out. */
	resolve(draft: CatalogueDraft): void {
		for (const [component, alternatives] of this.#wanted) {
			const found = alternatives.map((name) => this.#provider(name, component)).find((other) => other);
			if (found !== undefined) draft.require(component, found);
		}
	}

	#provider(name: string, { qualifiers }: ComponentDraft): ComponentDraft | undefined {
		const providers = this.#providers.get(name);
		return providers?.find((other) => other.qualifiers.arch === qualifiers.arch) ?? providers?.[0];
	}
}

/**
 * Splits a relation field of dpkg or opkg, such as `libc6 (>= 2.34), mta | exim4:any`, into the alternative names
 * of each requirement. Versions are left out, as the package manager checked them at installation.
 */
export function parseRelations(field: string | undefined): string[][] {
	if (field === undefined) return [];
	return field
		.split(",")
		.map((relation) =>
			relation
				.split("|")
				.map(relationName)
				.filter((name) => name !== ""),
		)
		.filter((names) => names.length > 0);
}

function relationName(relation: string): string {
	return /^[^\s(<=>[:]*/.exec(relation.trim())![0];
}
