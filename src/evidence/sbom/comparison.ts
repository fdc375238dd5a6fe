import type { ListedComponent } from "./listing.js";

/** A package with different versions on both sides. If it is only added, `before` is empty. */
export interface ComponentChange {
	readonly type: string;
	readonly name: string;
	/** Versions that only the old side has, in order. */
	readonly before: readonly string[];
	/** Versions that only the new side has, in order. */
	readonly after: readonly string[];
}

export interface SbomComparison {
	readonly added: readonly ComponentChange[];
	readonly removed: readonly ComponentChange[];
	readonly changed: readonly ComponentChange[];
	/** Number of packages with the same versions on both sides. */
	readonly same: number;
}

/**
 * Compares components by type, name and version. The path and the number of copies make no difference, and
 * neither does the architecture.
 */
export function compareComponents(
	before: readonly ListedComponent[],
	after: readonly ListedComponent[],
): SbomComparison {
	const [old, now] = [versionsByPackage(before), versionsByPackage(after)];
	const keys = [...new Set([...old.keys(), ...now.keys()])].sort();
	const changes = keys.map((key) => change(key, old.get(key) ?? new Set(), now.get(key) ?? new Set()));
	const different = changes.filter((one) => one.before.length + one.after.length > 0);
	return {
		added: different.filter((one) => !old.has(keyOf(one))),
		removed: different.filter((one) => !now.has(keyOf(one))),
		changed: different.filter((one) => old.has(keyOf(one)) && now.has(keyOf(one))),
		same: changes.length - different.length,
	};
}

function versionsByPackage(components: readonly ListedComponent[]): Map<string, Set<string>> {
	const packages = new Map<string, Set<string>>();
	for (const component of components) {
		const versions = packages.get(keyOf(component)) ?? new Set();
		packages.set(keyOf(component), versions.add(component.version));
	}
	return packages;
}

function keyOf({ type, name }: { readonly type: string; readonly name: string }): string {
	return `${type}\0${name}`;
}

function change(key: string, before: ReadonlySet<string>, after: ReadonlySet<string>): ComponentChange {
	const [type, name] = key.split("\0");
	const only = (some: ReadonlySet<string>, others: ReadonlySet<string>) =>
		[...some].filter((version) => !others.has(version)).sort();
	return { type: type!, name: name!, before: only(before, after), after: only(after, before) };
}
