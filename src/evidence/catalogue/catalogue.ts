/**
 * The components of a root file system, independent of any document format. It is plain data that is stored as
 * JSON with a made image. All documents are made from it.
 */
export interface Catalogue {
	/** Absent if there is no os-release. */
	readonly system?: OperatingSystem | undefined;
	/** Components in the order of `compareComponents`. */
	readonly components: readonly Component[];
	/** Everything that was found but not read completely, by path. Empty if all was read. */
	readonly incomplete: readonly IncompleteNote[];
	/** Time of the last change of the newest file, seconds since 1970, 0..2^32-1; absent without files. */
	readonly newest?: number | undefined;
}

/** Contents of os-release (os-release(5)). */
export interface OperatingSystem {
	/** Lower-case name, such as `debian`. */
	readonly id: string;
	/** Version, such as `12.15`; empty for rolling releases. */
	readonly version: string;
	readonly prettyName?: string | undefined;
	/** A CPE 2.3 or 2.2 name, as the system states it. */
	readonly cpe?: string | undefined;
	/** Absolute path of the file. */
	readonly path: string;
}

/** Types of package URLs. */
export type ComponentType = "apk" | "cargo" | "deb" | "golang" | "npm" | "opkg" | "pypi" | "rpm";

export interface Component {
	readonly type: ComponentType;
	/** Namespace: `debian`, `@scope`, `github.com/owner`; empty without one. */
	readonly namespace: string;
	readonly name: string;
	/** Empty if unknown, as for a module that was replaced by a directory. */
	readonly version: string;
	/** Qualifiers of the package URL: `arch`, `distro`, `epoch`, `upstream`; names are sorted. */
	readonly qualifiers: Readonly<Record<string, string>>;
	/** Absolute path of the database, manifest or program that states it. */
	readonly path: string;
	/** The declared licence, unchanged. */
	readonly licence?: string | undefined;
	readonly cpe?: string | undefined;
	/** The component that installed `path`: an index of `components`. */
	readonly owner?: number | undefined;
	/** The components that it depends on, if they are in the image: rising indexes of `components`. */
	readonly requires: readonly number[];
}

export interface IncompleteNote {
	/** An absolute path. */
	readonly path: string;
	/** Reason, such as `expected an empty line at the end: the database is cut`. */
	readonly reason: string;
}

/** Orders components, independent of the order of files. */
export function compareComponents(a: Identity, b: Identity): number {
	return compare(identityOf(a), identityOf(b));
}

type Identity = Omit<Component, "owner" | "requires">;

/** Returns the parts of a component's identity. */
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
