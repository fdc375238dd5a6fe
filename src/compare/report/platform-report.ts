import { type ConfigChange, compareConfigs } from "./config-changes.js";
import { DeltaAhead } from "./delta-ahead.js";
import { type FileChange, sortByGrowth } from "./file-changes.js";
import type { AccountRow } from "./image-account.js";
import { compareObjects, type ObjectChange, objectContents } from "./object-changes.js";
import type { Side } from "./side.js";
import { freshContents, type UpdateCost, updateCost } from "./update-cost.js";
import { type ComparedVolume, settleVolumes, walkVolumes } from "./volumes.js";
import type { WeighedFile, WeighedImage } from "./weighing.js";

/** Sizes of one package, in bytes. */
export interface PackageFigures {
	readonly name: string;
	/** SHA-256 of the package file; null for a checkout. */
	readonly sha256: string | null;
	/** Size of the package file; for a checkout, of the objects and the state together. */
	readonly size: number;
	/** Size of all objects, each counted once: what a device stores. */
	readonly objects: number;
	readonly files: number;
}

/** One squashfs image of a package. */
export interface VolumeReport {
	/** Its name in the state: `demo/root.squashfs`. */
	readonly path: string;
	readonly old: VolumeFigures | undefined;
	readonly new: VolumeFigures | undefined;
}

export interface VolumeFigures {
	/** Bytes of the image. */
	readonly size: number;
	/** Files, tables and padding; they add up to `size`. */
	readonly rows: readonly AccountRow[];
	/** Number of regular files, by name. */
	readonly files: number;
}

/** A file of a package, whether it changed or not. */
export interface FileLine extends WeighedFile {
	readonly volume: string;
}

/** Weight of a package, and the cost of the update for a device that has the old one. */
export interface PlatformReport {
	readonly platform: string;
	readonly old: PackageFigures | undefined;
	readonly new: PackageFigures;
	readonly objects: readonly ObjectChange[];
	/** Undefined if there is no old package. */
	readonly ota: UpdateCost | undefined;
	readonly volumes: readonly VolumeReport[];
	/** All names that differ, the largest growth first. */
	readonly changes: readonly FileChange[];
	/** Returns every regular file of the new package's images, in order. */
	readonly files: () => readonly FileLine[];
	/** Returns those of the old package's images; none where there is no old package. */
	readonly oldFiles: () => readonly FileLine[];
	readonly config: readonly ConfigChange[];
	/** Packages whose versions or files differ, the largest growth first; without an old package, all. */
	readonly packages: readonly PackageChange[];
	/** Files that belong to none of these packages. Together they are the files of all images. */
	readonly otherFiles: OtherFiles;
	/** Changes of files that belong to no package, in the order of `changes`. */
	readonly looseChanges: readonly FileChange[];
}

/** Weight of files together. */
export interface PackageWeight {
	/** Number of names. @asType integer @minimum 0 */
	readonly files: number;
	/** Bytes of their contents. @asType integer @minimum 0 */
	readonly size: number;
	/** Bytes that they take in the images. @asType integer @minimum 0 */
	readonly stored: number;
}

/** Files that belong to no listed package, on both sides. */
export interface OtherFiles {
	/** Undefined if there is no old package. */
	readonly old: PackageWeight | undefined;
	readonly new: PackageWeight;
}

/** A package of a package manager or a language, its versions and what its files weigh. */
export interface PackageChange {
	/** Type of its package URL: `deb`. */
	readonly type: string;
	/** Name of the package. */
	readonly name: string;
	/** Versions that only the old package has. */
	readonly before: readonly string[];
	/** Versions that only the new package has. */
	readonly after: readonly string[];
	/** Versions that both have. */
	readonly kept: readonly string[];
	/** Weight of its files on the old side; null if it has none. */
	readonly old: PackageWeight | null;
	/** Weight of its files on the new side; null if it has none. */
	readonly new: PackageWeight | null;
	/** Path of the file that grew most; undefined if none of its files differs. */
	readonly heaviest: string | undefined;
}

/** The packages of images, and the changes that belong to no package. */
export interface ComparedPackages {
	readonly packages: readonly PackageChange[];
	readonly loose: readonly FileChange[];
}

/** Finds the packages of images; see `comparePackages`. */
export type ComparePackages = (volumes: readonly ComparedVolume[]) => ComparedPackages;

/**
 * Weighs a package, and compares it with an older one if given.
 * @param comparePackages gets the images that differ; without an older package, all.
 * @throws SquashfsError for a damaged image.
 */
export async function reportPlatform(
	before: Side | undefined,
	after: Side,
	comparePackages: ComparePackages = withoutPackages,
): Promise<PlatformReport> {
	const objects = compareObjects(before, after);
	// Other threads read bytes while this one lists names.
	const ahead = before && new DeltaAhead(objectContents(before), freshContents(after, objects));
	try {
		return await reportCompared(before, after, objects, ahead, comparePackages);
	} finally {
		await ahead?.close();
	}
}

async function reportCompared(
	before: Side | undefined,
	after: Side,
	objects: readonly ObjectChange[],
	ahead: DeltaAhead | undefined,
	comparePackages: ComparePackages,
): Promise<PlatformReport> {
	const walked = walkVolumes(before, after);
	// The threads that hash packages end before those that expand blocks begin.
	const figures = {
		old: before && (await figuresOf(before, present(walked, "old"))),
		new: await figuresOf(after, present(walked, "new")),
	};
	const equal = new Map(walked.map(({ path, runs }) => [path, runs]));
	// Meanwhile threads expand blocks.
	const [ota, volumes] = await settleBoth(
		before && ahead && updateCost(before, after, objects, ahead, equal),
		settleVolumes(walked, before, after),
	);
	const changed = volumes.filter(({ changes }) => before === undefined || changes.length > 0);
	const changes = sortByGrowth(changed.flatMap((volume) => volume.changes));
	const { packages, loose } = comparePackages(changed);
	return {
		platform: after.platform || before?.platform || "",
		...figures,
		objects,
		ota,
		volumes: volumes.map((volume) => ({
			path: volume.path,
			old: volume.old && volumeFigures(volume.old),
			new: volume.new && volumeFigures(volume.new),
		})),
		changes,
		files: () => volumes.flatMap(({ path, new: next }) => volumeFiles(path, next)),
		oldFiles: () => volumes.flatMap(({ path, old }) => volumeFiles(path, before && old)),
		config: before ? compareConfigs(before, after) : [],
		packages,
		otherFiles: {
			old: before && otherFiles(present(volumes, "old"), packages, "old"),
			new: otherFiles(present(volumes, "new"), packages, "new"),
		},
		looseChanges: sortByGrowth(loose),
	};
}

/** Skips the search for packages, so that all files belong to none. */
function withoutPackages(volumes: readonly ComparedVolume[]): ComparedPackages {
	return { packages: [], loose: volumes.flatMap(({ changes }) => changes) };
}

/** Waits for both even if one fails, so that no work continues after the error. */
async function settleBoth<A, B>(a: A | Promise<A>, b: Promise<B>): Promise<[A, B]> {
	await Promise.allSettled([a, b]);
	return [await a, await b];
}

/** Returns the weight of the files that belong to none of the packages. */
function otherFiles(
	images: readonly WeighedImage[],
	packages: readonly PackageChange[],
	side: "old" | "new",
): PackageWeight {
	const others = { files: 0, size: 0, stored: 0 };
	for (const { totals } of images) addWeight(others, totals, 1);
	for (const { [side]: weight } of packages) if (weight) addWeight(others, weight, -1);
	return others;
}

function addWeight(
	sum: { -readonly [K in keyof PackageWeight]: number },
	weight: PackageWeight,
	sign: 1 | -1,
) {
	sum.files += sign * weight.files;
	sum.size += sign * weight.size;
	sum.stored += sign * weight.stored;
}

function present(
	volumes: readonly Pick<ComparedVolume, "old" | "new">[],
	side: "old" | "new",
): WeighedImage[] {
	return volumes.flatMap((volume) => volume[side] ?? []);
}

function volumeFiles(volume: string, image: WeighedImage | undefined): FileLine[] {
	return (image?.files() ?? []).map((file) => ({ volume, ...file }));
}

async function figuresOf(side: Side, images: readonly WeighedImage[]): Promise<PackageFigures> {
	const { name, file } = side;
	const objects = objectContents(side).reduce((sum, { size }) => sum + size, 0);
	return {
		name,
		sha256: file === undefined ? null : await file.sha256(),
		size: file?.size ?? objects + side.text.length,
		objects,
		files: images.reduce((sum, { totals }) => sum + totals.files, 0),
	};
}

function volumeFigures({ account: { size, rows }, totals }: WeighedImage): VolumeFigures {
	return { size, rows, files: totals.files };
}
