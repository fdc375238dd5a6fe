import type { Content } from "../../ground/bytes/index.js";
import { displayByteString } from "../../ground/bytes/index.js";
import { objectReference } from "../../pantavisor/state/index.js";
import { openImage } from "../../squashfs/read/index.js";
import { type ConfigChange, compareConfigs } from "./config-changes.js";
import {
	type ComparedImages,
	compareImages,
	type FileChange,
	sortByGrowth,
	type WeighedImage,
	type Weight,
} from "./file-changes.js";
import { type AccountRow, accountImage } from "./image-account.js";
import { compareObjects, type ObjectChange, objectContents } from "./object-changes.js";
import type { Side } from "./side.js";
import { type UpdateCost, updateCost } from "./update-cost.js";

/** Sizes of one package. Bytes. */
export interface PackageFigures {
	readonly name: string;
	/** Of the package file; null for a checkout. */
	readonly sha256: string | null;
	/** Of the package file; of a checkout the objects and the state together. */
	readonly size: number;
	/** All objects, each once: what a device keeps. */
	readonly objects: number;
	readonly files: number;
}

/** One squashfs of a package. */
export interface VolumeReport {
	/** Its name in the state, `demo/root.squashfs`. */
	readonly path: string;
	readonly old: VolumeFigures | undefined;
	readonly new: VolumeFigures | undefined;
}

export interface VolumeFigures {
	/** Bytes of the image. */
	readonly size: number;
	/** Files, tables, padding: they add up to `size`. */
	readonly rows: readonly AccountRow[];
	/** Regular files by name. */
	readonly files: number;
}

/** A file that the new package has, changed or not. */
export interface FileLine extends Weight {
	readonly volume: string;
	readonly path: string;
}

/** What a package weighs, and what it costs a device that has the old one. */
export interface PlatformReport {
	readonly platform: string;
	readonly old: PackageFigures | undefined;
	readonly new: PackageFigures;
	readonly objects: readonly ObjectChange[];
	/** Undefined where there is no old package. */
	readonly ota: UpdateCost | undefined;
	readonly volumes: readonly VolumeReport[];
	/** Every name that differs, the largest growth first. */
	readonly changes: readonly FileChange[];
	/** Every regular file of the new package's images, in their order. */
	readonly files: readonly FileLine[];
	readonly config: readonly ConfigChange[];
	/** Packages whose versions differ, by the databases of their package managers. */
	readonly packages: readonly PackageChange[];
}

/** A package, and the versions that only one side has. */
export interface PackageChange {
	/** Type of its package URL: `deb`. */
	readonly type: string;
	/** Name of the package. */
	readonly name: string;
	/** Versions that only the old package has. */
	readonly before: readonly string[];
	/** Versions that only the new package has. */
	readonly after: readonly string[];
}

/** Compares what package managers say of images. */
export type ComparePackages = (
	before: readonly WeighedImage[],
	after: readonly WeighedImage[],
	changes: readonly FileChange[],
) => readonly PackageChange[];

/**
 * Weighs a package, against an older one where there is one.
 * @param comparePackages is called where images differ.
 * @throws SquashfsError for a damaged image.
 */
export async function reportPlatform(
	before: Side | undefined,
	after: Side,
	comparePackages: ComparePackages = () => [],
): Promise<PlatformReport> {
	const olds = openVolumes(before);
	const news = openVolumes(after);
	const objects = compareObjects(before, after);
	const paths = [...new Set([...news.keys(), ...olds.keys()])];
	const changed = before ? paths.filter((path) => olds.get(path)?.sha256 !== news.get(path)?.sha256) : [];
	const found = new Map<string, ComparedImages>();
	for (const path of changed) found.set(path, await compareImages(path, olds.get(path), news.get(path)));
	const changes = sortByGrowth([...found.values()].flatMap((compared) => compared.changes));
	const equal = new Map([...found].map(([path, { runs }]) => [path, runs]));
	const among = (volumes: ReadonlyMap<string, Volume>): Volume[] =>
		changed.flatMap((path) => volumes.get(path) ?? []);
	return {
		platform: after.platform || before?.platform || "",
		old: before && figuresOf(before, olds),
		new: figuresOf(after, news),
		objects,
		ota: before && updateCost(before, after, objects, equal),
		volumes: paths.map((path) => ({
			path,
			old: volumeFigures(olds.get(path)),
			new: volumeFigures(news.get(path)),
		})),
		changes,
		files: [...news].flatMap(([path, volume]) => fileLines(path, volume)),
		config: before ? compareConfigs(before, after) : [],
		packages: changes.length === 0 ? [] : comparePackages(among(olds), among(news), changes),
	};
}

/** Few files are read, and hardly two of one fragment block after each other. Bytes. */
const CACHED_FRAGMENTS = 1 << 21;

interface Volume extends WeighedImage {
	readonly sha256: string;
}

/** Opens the squashfs images of a state, by name. */
function openVolumes(side: Side | undefined): Map<string, Volume> {
	const volumes = new Map<string, Volume>();
	for (const [path, value] of side?.state ?? []) {
		const sha256 = objectReference(value);
		const content = sha256 === undefined ? undefined : side?.objects.get(sha256);
		if (sha256 === undefined || content === undefined || !path.endsWith(".squashfs")) continue;
		volumes.set(path, { sha256, ...weigh(content) });
	}
	return volumes;
}

function weigh(content: Content): WeighedImage {
	const image = openImage(content, { cachedFragments: CACHED_FRAGMENTS });
	return { image, content, account: accountImage(image, content.size) };
}

function figuresOf(side: Side, volumes: ReadonlyMap<string, Volume>): PackageFigures {
	const objects = objectContents(side).reduce((sum, { size }) => sum + size, 0);
	const files = [...volumes.values()].reduce((sum, volume) => sum + countFiles(volume), 0);
	const { name, file } = side;
	return {
		name,
		sha256: file?.sha256 ?? null,
		size: file?.size ?? objects + side.text.length,
		objects,
		files,
	};
}

function volumeFigures(volume: Volume | undefined): VolumeFigures | undefined {
	if (volume === undefined) return undefined;
	const { size, rows } = volume.account;
	return { size, rows, files: countFiles(volume) };
}

function countFiles({ account }: Volume): number {
	return account.entries.reduce((sum, { entry }) => sum + (entry.kind === "file" ? 1 : 0), 0);
}

function fileLines(volume: string, { account }: Volume): FileLine[] {
	return account.entries.flatMap(({ entry, stored }) => {
		if (entry.kind !== "file") return [];
		return [{ volume, path: displayByteString(entry.path), size: entry.content.size, stored }];
	});
}
