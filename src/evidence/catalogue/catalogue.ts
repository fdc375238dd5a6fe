/**
 * What a root file system has inside, in no document's form. It is plain data: a made image
 * keeps it as JSON, and every document is a rendering of it.
 */
export interface Catalogue {
	/** Absent where no os-release is found. */
	readonly system?: OperatingSystem | undefined;
	/** In the order of `compareComponents`. */
	readonly components: readonly Component[];
	/** What is there and was not read, or not whole; by path. Empty: everything found was read. */
	readonly incomplete: readonly IncompleteNote[];
	/** When the newest file was changed, seconds since 1970, 0..2^32-1; absent where there is no file. */
	readonly newest?: number | undefined;
}

/** What os-release says (os-release(5)). */
export interface OperatingSystem {
	/** Lower case, such as `debian`. */
	readonly id: string;
	/** `12.15`; empty for rolling releases. */
	readonly version: string;
	readonly prettyName?: string | undefined;
	/** A CPE 2.3 or 2.2 name, as the system states it. */
	readonly cpe?: string | undefined;
	/** Where it is stated: an absolute path. */
	readonly path: string;
}

/** Types of package URLs. */
export type ComponentType = "apk" | "cargo" | "deb" | "golang" | "npm" | "opkg" | "pypi" | "rpm";

export interface Component {
	readonly type: ComponentType;
	/** `debian`, `@scope`, `github.com/owner`; empty where there is none. */
	readonly namespace: string;
	readonly name: string;
	/** Empty where it is not known, as of a module that was replaced by a directory. */
	readonly version: string;
	/** Of the package URL: `arch`, `distro`, `epoch`, `upstream`; names in order. */
	readonly qualifiers: Readonly<Record<string, string>>;
	/** What states it: a database, a manifest or a program. An absolute path. */
	readonly path: string;
	/** As it is declared, in the words of its own world. */
	readonly licence?: string | undefined;
	readonly cpe?: string | undefined;
	/** The component that installed `path`: an index of `components`. */
	readonly owner?: number | undefined;
	/** What it depends on, of what is in the image: rising indexes of `components`. */
	readonly requires: readonly number[];
}

export interface IncompleteNote {
	/** An absolute path. */
	readonly path: string;
	/** Such as `expected an empty line at the end: the database is cut`. */
	readonly reason: string;
}

/** One order of components that no order of files decides. */
export function compareComponents(a: Identity, b: Identity): number {
	return compare(identityOf(a), identityOf(b));
}

type Identity = Omit<Component, "owner" | "requires">;

/** Returns what distinguishes two components. */
export function identityOf(component: Identity): readonly string[] {
	const { type, namespace, name, version, qualifiers, path } = component;
	return [type, namespace, name, version, path, JSON.stringify(qualifiers)];
}

function compare(a: readonly string[], b: readonly string[]): number {
	for (const [at, value] of a.entries()) {
		const other = b[at]!;
		if (value !== other) return value < other ? -1 : 1;
	}
	return 0;
}
