import type { ByteString } from "../../ground/bytes/index.js";
import type { Manifest, OutlineEntry } from "./weighing.js";

/**
 * Returns the manifests that decide to which packages of languages some files belong. For Python these are the
 * manifests of all distributions in the directories above the files, for Node those of the packages above them
 * and of packages inside these.
 */
export function manifestsNear(
	manifests: readonly Manifest[],
	paths: readonly ByteString[],
): readonly OutlineEntry[] {
	if (manifests.length === 0) return [];
	const above = directoriesAbove(paths);
	const homes = manifests.flatMap(({ kind, entry: { path } }) => (kind === "node" ? directoryOf(path) : []));
	const inside = new InsideOf(homes.filter((home) => above.has(home)));
	const isNear = ({ kind, entry: { path } }: Manifest): boolean => {
		const home = directoryOf(path);
		if (kind === "node") return inside.has(home);
		return above.has(path.endsWith(".egg-info") ? home : directoryOf(home));
	};
	return manifests.filter(isNear).map(({ entry }) => entry);
}

/** Returns the directories above files, up to the root. */
function directoriesAbove(paths: readonly ByteString[]): ReadonlySet<string> {
	const above = new Set<string>();
	for (const path of paths) {
		for (let place = directoryOf(path); !above.has(place); place = directoryOf(place)) above.add(place);
	}
	return above;
}

/** A set of directories, with everything inside them. */
class InsideOf {
	readonly #known: Map<string, boolean>;

	constructor(directories: readonly string[]) {
		this.#known = new Map(directories.map((directory) => [directory, true]));
	}

	/** Returns whether a directory is inside. It remembers results, so that each directory is looked up once. */
	has(directory: string): boolean {
		const passed: string[] = [];
		let place = directory;
		while (place !== "" && !this.#known.has(place)) {
			passed.push(place);
			place = directoryOf(place);
		}
		const isInside = this.#known.get(place) ?? false;
		for (const each of passed) this.#known.set(each, isInside);
		return isInside;
	}
}

function directoryOf(path: string): string {
	return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}
