import { listDirectory, placeBelow, readFileIfPresent } from "../ground/files/index.js";
import {
	type ArchLabel,
	type Project,
	parseProject,
	projectLabels,
	ReleaseError,
} from "../pantavisor/project/index.js";
import { checkDistinctNames } from "./outputs.js";
import type { BuildRequest } from "./requests.js";

/** What is built of a project: its architectures, and the file name of each one's package. */
export interface ProjectPlan {
	readonly labels: readonly ArchLabel[];
	readonly names: readonly string[];
}

/**
 * Reads pvpkg.json, and says which packages are made.
 * @throws ReleaseError where there is no project, or two packages would get one name.
 */
export function openProject(request: BuildRequest): ProjectPlan {
	const project = readProject(request.directory);
	const labels = findLabels(request);
	const names = labels.map((label) => request.packageName(label, project));
	checkDistinctNames(names, labels);
	return { labels, names };
}

function readProject(directory: string): Project {
	const path = placeBelow(directory, "pvpkg.json");
	const text = readFileIfPresent(path);
	if (text !== undefined) return parseProject(text, path);
	throw new ReleaseError(
		"ERR_RELEASE_PROJECT",
		`${path}: read: not there, expected a project ("pvpkg install" makes one)`,
	);
}

/**
 * Returns the architectures that are asked for, else all that `pvpkg/` has.
 * @throws ReleaseError where it has none.
 */
export function findLabels({
	directory,
	labels,
}: Pick<BuildRequest, "directory" | "labels">): readonly ArchLabel[] {
	const tree = placeBelow(directory, "pvpkg");
	const found = projectLabels(listDirectory(tree), tree, (name) =>
		listDirectory(placeBelow(tree, name)).some(
			(part) => readFileIfPresent(placeBelow(tree, `${name}/${part}/src.json`)) !== undefined,
		),
	);
	if (labels !== undefined) return labels;
	if (found.length > 0) return found;
	throw new ReleaseError("ERR_RELEASE_PROJECT", `${tree}: list: expected a directory per architecture`);
}
