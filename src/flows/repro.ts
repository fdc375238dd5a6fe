import { type FoundSide, findSides, openSide } from "../compare/report/index.js";
import {
	type ComparedPackage,
	compareDigests,
	compareInputs,
	comparePackages,
	type Difference,
	type Inputs,
	type KnownInputs,
	openCompared,
} from "../compare/repro/index.js";
import { BuildError, type PackageContent, type RunSettings, stateDigests } from "../container/index.js";
import { isDirectory, placeBelow, TemporaryDirectory } from "../ground/files/index.js";
import type { JsonValue } from "../ground/json/index.js";
import { EMPTY_LOCK, type LockedOutput } from "../image/lock/index.js";
import { type PackageReadOptions, writeArchiveFile } from "../pantavisor/package/index.js";
import { type ArchLabel, parseLabel } from "../pantavisor/project/index.js";
import { objectReference, type State } from "../pantavisor/state/index.js";
import { LockResolver } from "./lock/index.js";
import { presentInputs, recordedInputs } from "./locked-outputs.js";
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
	/** The package, or the lock whose record of it was compared. */
	readonly path: string;
	/** What decided the bytes of what was built. */
	readonly inputs: Inputs;
	/** The package is the first, what was built the second. Empty where all bytes are equal. */
	readonly differences: readonly Difference[];
}

/** A package that is built again. */
interface Target {
	readonly label: ArchLabel;
	/** The package; the lock where only its record is there. */
	readonly path: string;
	readonly isRecord?: boolean;
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
	settings: RunSettings,
): Promise<Reproduction[]> {
	const { temporaryDirectory } = settings;
	const options = { temporaryDirectory, maximumUnpacked: request.maximumUnpacked };
	const { lock } = settings;
	const resolver = lock && LockResolver.open(lock, settings);
	const { outputs } = resolver?.lock ?? EMPTY_LOCK;
	const targets = await findTargets(request, options, { path: lock?.path ?? "", outputs });
	return withRun({ ...settings, resolver }, (run) =>
		withOldPackages(run, request.patch, async (olds) => {
			const found: Reproduction[] = [];
			for (const label of new Set(targets.map((target) => target.label))) {
				const content = await makeRelease(run, { ...request, signing: undefined }, label, olds);
				const inputs = presentInputs(content.evidence, lock?.version);
				const known = { inputs, output: outputs.get(label) };
				for (const { path, isRecord } of targets.filter((target) => target.label === label)) {
					const differences = isRecord
						? await compareRecord(content, known, options)
						: await compareContent(path, content, known, options);
					found.push({ label, path, inputs, differences });
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

function compare(a: ComparedPackage, b: ComparedPackage, inputs?: KnownInputs): Difference[] {
	return comparePackages(a, b, { limit: KEPT_DIFFERENCES, inputs });
}

/** What is known of how packages were made: of the one that is built, and of the one that the lock records. */
interface Known {
	readonly inputs: Inputs;
	readonly output: LockedOutput | undefined;
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

async function findTargets(
	request: ReproRequest,
	options: PackageReadOptions,
	lock: { readonly path: string; readonly outputs: ReadonlyMap<string, LockedOutput> },
): Promise<Target[]> {
	const { directory, packages } = request;
	if (packages !== undefined) return findPlatforms(packages.flatMap(findPackages), options);
	const releases = placeBelow(directory, "releases");
	const labels = findLabels(request);
	const sides = isDirectory(releases) ? findSides(releases).filter(({ path }) => !isDirectory(path)) : [];
	const found = await findPlatforms(sides, options);
	return labels.map((label) => {
		const [target, other] = found.filter((each) => each.label === label);
		if (target !== undefined && other === undefined) return target;
		if (target === undefined && lock.outputs.has(label)) return { label, path: lock.path, isRecord: true };
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
		// The file name has no platform, so src.json must name it.
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
	{ inputs, output }: Known,
	options: PackageReadOptions,
): Promise<Difference[]> {
	const temporary = TemporaryDirectory.create(options.temporaryDirectory);
	try {
		return await withCompared(path, options, async (given) => {
			const built = placeBelow(temporary.path, "built.tgz");
			const signed = new Map([...state, ...signaturesOf(given.state)]);
			const file = await writeArchiveFile(signed, objects, built, { gzip: !path.endsWith(".tar") });
			file.commit();
			// Only of the very package that the lock records is it known how it was made.
			const isRecorded = output?.unsigned === stateDigests(given.state).unsigned;
			const known = isRecorded ? { first: recordedInputs(output!), second: inputs } : undefined;
			return withCompared(built, options, async (again) => compare(given, again, known));
		});
	} finally {
		temporary.remove();
	}
}

/** Compares digests alone, where there is no package but a record of it in the lock. */
async function compareRecord(
	{ state, objects, evidence }: PackageContent,
	{ inputs, output }: Known,
	options: PackageReadOptions,
): Promise<Difference[]> {
	const temporary = TemporaryDirectory.create(options.temporaryDirectory);
	try {
		const file = await writeArchiveFile(state, objects, placeBelow(temporary.path, "built.tgz"));
		file.discard();
		const built = { unsigned: evidence.state.unsigned, objects: evidence.objects, package: file };
		return [...compareInputs(recordedInputs(output!), inputs), ...compareDigests(output!, built)];
	} finally {
		temporary.remove();
	}
}

/** Signatures as separate objects are left out: neither pvpkg nor pvr makes them. */
function signaturesOf(state: State): [string, JsonValue][] {
	return [...state].filter(
		([key, value]) => key.startsWith("_sigs/") && objectReference(value) === undefined,
	);
}
