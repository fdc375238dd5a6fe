import { type FileChange, growthOf } from "./file-changes.js";
import { packageGrowth } from "./package-growth.js";
import { PackageWeights, type WeighedPackage } from "./package-weights.js";
import type { ComparedPackages, PackageChange, PackageWeight } from "./platform-report.js";
import type { ComparedVolume } from "./volumes.js";

const LIMITED =
	"find packages: only 256 MiB of the images below overlays are looked at: files of further overlays may be listed without their package";

/**
 * Returns the packages whose versions or files differ, the largest growth first; all packages if there is no
 * older package. From two images that are compared it reads only the databases of package managers, the files
 * that differ, and the manifests of these files. All else is equal on both sides.
 */
export function comparePackages(
	volumes: readonly ComparedVolume[],
	onWarning?: (message: string) => void,
): ComparedPackages {
	const [olds, news] = [new PackageWeights(), new PackageWeights()];
	const touched = new Map<string, FileChange[]>();
	const loose: FileChange[] = [];
	for (const { old, new: next, changes, below } of volumes) {
		const [before, after] = [old && olds.add(old, below?.old), next && news.add(next, below?.new)];
		for (const change of changes) {
			if (change.change === "attributes") continue;
			const keys = new Set([before?.(change.path), after?.(change.path)]);
			keys.delete(undefined);
			if (keys.size === 0) loose.push(change);
			for (const key of keys) addTo(touched, key!, change);
		}
	}
	if (olds.isLimited || news.isLimited) onWarning?.(LIMITED);
	const isCompared = volumes.some(({ old }) => old !== undefined);
	const keys = [...new Set([...olds.packages.keys(), ...news.packages.keys()])];
	const packages = keys.flatMap((key) => {
		const [before, after] = [olds.packages.get(key), news.packages.get(key)];
		const change = packageChange(before, after, touched.get(key) ?? []);
		const differs = change.before.length + change.after.length > 0 || touched.has(key);
		return differs || !isCompared ? [change] : [];
	});
	return { packages: packages.sort(byGrowth), loose };
}

function addTo(lists: Map<string, FileChange[]>, key: string, change: FileChange): void {
	const list = lists.get(key);
	if (list === undefined) lists.set(key, [change]);
	else list.push(change);
}

function packageChange(
	before: WeighedPackage | undefined,
	after: WeighedPackage | undefined,
	changes: readonly FileChange[],
): PackageChange {
	const { type, name } = (after ?? before)!;
	const [olds, news] = [before, after].map((each) => [...(each?.versions ?? [])].sort());
	const heaviest = changes.reduce<FileChange | undefined>(
		(most, change) => (most && growthOf(most) >= growthOf(change) ? most : change),
		undefined,
	);
	return {
		type,
		name,
		before: olds!.filter((version) => !after?.versions.has(version)),
		after: news!.filter((version) => !before?.versions.has(version)),
		kept: news!.filter((version) => before?.versions.has(version)),
		old: weightOf(before),
		new: weightOf(after),
		heaviest: heaviest?.path,
	};
}

/**
 * Returns the weight of a package. A package without files of its own has none: they belong to another package,
 * or are part of a program.
 */
function weightOf(side: WeighedPackage | undefined): PackageWeight | null {
	return side === undefined || side.weight.files === 0 ? null : side.weight;
}

function byGrowth(a: PackageChange, b: PackageChange): number {
	return (
		Math.abs(packageGrowth(b)) - Math.abs(packageGrowth(a)) ||
		compare(a.name, b.name) ||
		compare(a.type, b.type)
	);
}

function compare(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}
