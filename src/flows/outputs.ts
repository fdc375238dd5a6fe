import { resolve } from "node:path";
import { BuildError } from "../container/index.js";
import { type ArchLabel, ReleaseError } from "../pantavisor/project/index.js";

/** Of two packages of one name only the last would be left. */
export function checkDistinctPaths(paths: readonly string[], labels: readonly ArchLabel[]): void {
	const second = paths.findIndex(
		(path, at) => paths.map((other) => resolve(other)).indexOf(resolve(path)) !== at,
	);
	if (second < 0) return;
	const path = paths[second]!;
	const reason = `expected a name for each platform, got one for ${labels[paths.indexOf(path)]} and ${labels[second]}`;
	throw new BuildError("ERR_BUILD_REQUEST", `${path}: write packages: ${reason}`);
}

/** Of two packages of one name only the last would be left, and where a checkout is there can be none. */
export function checkDistinctNames(names: readonly string[], labels: readonly ArchLabel[]): void {
	const taken = names.find((name) => labels.some((label) => label === name));
	if (taken !== undefined) {
		throw new ReleaseError("ERR_RELEASE_NAME", `${taken}: package name: is that of the checkout beside it`);
	}
	const second = names.findIndex((name, i) => names.indexOf(name) !== i);
	if (second < 0) return;
	const name = names[second]!;
	const reason = `expected $ARCH in the template, got one name for ${labels[names.indexOf(name)]} and ${labels[second]}`;
	throw new ReleaseError("ERR_RELEASE_NAME", `${name}: package name: ${reason}`);
}
