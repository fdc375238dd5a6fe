import { type FoundSide, findSides, openSide } from "../compare/report/index.js";
import {
	type ComparedPackage,
	comparePackages,
	type Difference,
	openCompared,
} from "../compare/repro/index.js";
import { BuildError, type BuildSettings, type PackageContent } from "../container/index.js";
import { isDirectory, placeBelow, TemporaryDirectory } from "../ground/files/index.js";
import type { JsonValue } from "../ground/json/index.js";
import { type PackageReadOptions, writeArchiveFile } from "../pantavisor/package/index.js";
import { type ArchLabel, parseLabel } from "../pantavisor/project/index.js";
import { objectReference, type State } from "../pantavisor/state/index.js";
import { withOldPackages } from "./patch.js";
import { makeRelease } from "./project.js";
import { findLabels } from "./project-files.js";
import type { ReproRequest } from "./requests.js";
import { withRun } from "./run.js";

/** Most differences that are kept of one package: foreign packages may differ in millions of places. */
const KEPT_DIFFERENCES = 10_000;

/** A package, and how it differs from what its project builds. */
export interface Reproduction {
	readonly label: ArchLabel;
	readonly path: string;
	/** The package is the first, what was built the second. Empty where all bytes are equal. */
	readonly differences: readonly Difference[];
}

/** A package that is built again. */
interface Target {
	readonly label: ArchLabel;
	readonly path: string;
}

/**
 * Builds the packages of a project again, and compares them (hermetic.md 1.5). Nothing of the project is
 * written. What was built gets the signatures of the package that it is compared with: so no key is needed,
 * every byte is compared, and whether a signature is good is left to `verify`. A package that differs does
 * not end the work.
 * @throws BuildError ERR_BUILD_REQUEST where a platform has no package, or several.
 */
export async function reproduceReleases(
	request: ReproRequest,
	settings: BuildSettings,
): Promise<Reproduction[]> {
	const { temporaryDirectory } = settings;
	const options = { temporaryDirectory, maximumUnpacked: request.maximumUnpacked };
	const targets = await findTargets(request, options);
	return withRun(settings, (run) =>
		withOldPackages(run, request.patch, async (olds) => {
			const found: Reproduction[] = [];
			for (const label of new Set(targets.map((target) => target.label))) {
				const content = await makeRelease(run, { ...request, signing: undefined }, label, olds);
				for (const { path } of targets.filter((target) => target.label === label)) {
					found.push({ label, path, differences: await compareContent(path, content, options) });
				}
			}
			return found;
		}),
	);
}

/** Returns why two package files are not byte-equal; of equal ones an empty list. */
export async function comparePackageFiles(
	first: string,
	second: string,
	options: PackageReadOptions,
): Promise<Difference[]> {
	return withCompared(first, options, (a) => withCompared(second, options, async (b) => compare(a, b)));
}

function compare(a: ComparedPackage, b: ComparedPackage): Difference[] {
	return comparePackages(a, b, { limit: KEPT_DIFFERENCES });
}

async function withCompared<T>(
	path: string,
	options: PackageReadOptions,
	use: (opened: ComparedPackage) => Promise<T>,
): Promise<T> {
	const opened = await openCompared(path, options);
	try {
		return await use(opened);
	} finally {
		opened.close();
	}
}

async function findTargets(request: ReproRequest, options: PackageReadOptions): Promise<Target[]> {
	const { directory, packages } = request;
	if (packages !== undefined) return findPlatforms(packages.flatMap(findPackages), options);
	const releases = placeBelow(directory, "releases");
	const labels = findLabels(request);
	const sides = isDirectory(releases) ? findSides(releases).filter(({ path }) => !isDirectory(path)) : [];
	const found = await findPlatforms(sides, options);
	return labels.map((label) => {
		const [target, other] = found.filter((each) => each.label === label);
		if (target !== undefined && other === undefined) return target;
		const got =
			target === undefined ? "none" : `${target.path} and ${other!.path} (name the one that is meant)`;
		throw refused(releases, `expected a package for ${label}, got ${got}`);
	});
}

function findPackages(path: string): FoundSide[] {
	const sides = findSides(path);
	const checkout = sides.find((side) => isDirectory(side.path));
	if (checkout === undefined) return sides;
	throw refused(checkout.path, "expected a package file, got a directory");
}

async function findPlatforms(sides: readonly FoundSide[], options: PackageReadOptions): Promise<Target[]> {
	const targets: Target[] = [];
	for (const side of sides) {
		if (side.platform !== "") {
			targets.push({ path: side.path, label: parseLabel(side.platform) });
			continue;
		}
		// Its name does not say the platform, so its src.json has to.
		const opened = await openSide(side, options);
		opened.close();
		if (opened.platform === "") throw refused(side.path, "expected a name that ends in .ARCH.tgz");
		targets.push({ path: side.path, label: parseLabel(opened.platform) });
	}
	return targets;
}

function refused(subject: string, reason: string): BuildError {
	return new BuildError("ERR_BUILD_REQUEST", `${subject}: find packages: ${reason}`);
}

/** Writes what was built into a temporary place, with the signatures of the package, and compares both. */
async function compareContent(
	path: string,
	{ state, objects }: PackageContent,
	options: PackageReadOptions,
): Promise<Difference[]> {
	const temporary = TemporaryDirectory.create(options.temporaryDirectory);
	try {
		return await withCompared(path, options, async (given) => {
			const built = placeBelow(temporary.path, "built.tgz");
			const signed = new Map([...state, ...signaturesOf(given.state)]);
			const file = await writeArchiveFile(signed, objects, built, { gzip: !path.endsWith(".tar") });
			file.commit();
			return withCompared(built, options, async (again) => compare(given, again));
		});
	} finally {
		temporary.remove();
	}
}

/** A signature that is an object of its own is none that pvpkg or pvr makes. */
function signaturesOf(state: State): [string, JsonValue][] {
	return [...state].filter(
		([key, value]) => key.startsWith("_sigs/") && objectReference(value) === undefined,
	);
}
