import { formatCount, formatCounted, formatGrowth, formatSize } from "../../ground/bytes/index.js";
import { type FileChange, growthOf } from "./file-changes.js";
import { packageGrowth } from "./package-growth.js";
import type { PackageChange, PlatformReport, VolumeReport } from "./platform-report.js";

/** One line of a summary: its name, its figures, and a remark. */
export interface Fact {
	readonly name: string;
	readonly value: string;
	readonly remark: string;
}

/** Returns the summary at the beginning of all renderings for people. */
export function summaryFacts(report: PlatformReport): Fact[] {
	const { old: before, ota } = report;
	if (before === undefined || ota === undefined) return [packageFact(report)];
	const { objects } = report;
	const fresh = objects.filter(({ change }) => change === "new").length;
	const kept = objects.filter(({ change }) => change === "reused").length;
	return [
		packageFact(report),
		{
			name: "Update, whole objects",
			value: formatSize(ota.objects),
			remark: `${fresh} of ${fresh + kept} objects new`,
		},
		{
			name: "Update, as a patch",
			value: `${ota.patchEstimated ? "≈ " : ""}${formatSize(ota.patch)}`,
			remark: "a binary delta for each object",
		},
		{ name: "Update, in chunks", value: formatSize(ota.chunks), remark: "casync, desync: 16 KiB on average" },
		{ name: "Update, in blocks", value: formatSize(ota.blocks4k), remark: blocksRemark(report) },
		{
			name: "Disk on the device",
			value: formatGrowth(ota.objects),
			remark: "while both revisions are kept",
		},
	];
}

function packageFact({ old: before, new: after }: PlatformReport): Fact {
	const files = formatCounted(after.files, "file");
	if (before === undefined) return { name: "Package", value: formatSize(after.size), remark: files };
	const value = `${formatSize(before.size)} → ${formatSize(after.size)}`;
	return { name: "Package", value, remark: `${formatGrowth(after.size - before.size)}, ${files}` };
}

/** Blocks cost nearly as much as whole objects if one changed file moves everything after it. */
function blocksRemark({ ota }: PlatformReport): string {
	const isWasteful = ota !== undefined && ota.blocks4k > 2 * ota.chunks && ota.blocks4k > 1 << 20;
	return `RAUC and others: 4 KiB each${isWasteful ? "; --align 4096 would need fewer" : ""}`;
}

/** Returns how many names differ: `27 names differ (3 added, 24 changed), 1,266 files in all.` */
export function changesHeadline({ changes, new: after }: PlatformReport): string {
	if (changes.length === 0) return "No file differs.";
	const names = changes.length === 1 ? "1 name differs" : `${formatCount(changes.length)} names differ`;
	return `${names} (${changeCounts(changes)}), ${formatCounted(after.files, "file")} in all.`;
}

/** Returns the number of changes of each kind: `3 added, 24 changed`; empty if nothing differs. */
export function changeCounts(changes: readonly FileChange[]): string {
	const kinds: readonly (readonly [FileChange["change"], string])[] = [
		["added", "added"],
		["removed", "removed"],
		["content", "changed"],
		["kind", "of another kind"],
		["attributes", "with other attributes"],
	];
	const counts = kinds.flatMap(([change, words]) => {
		const count = changes.filter((each) => each.change === change).length;
		return count === 0 ? [] : [`${formatCount(count)} ${words}`];
	});
	return counts.join(", ");
}

/** Longer names and versions are cut: they are hostile, or too long to read. */
const LONGEST_VALUE = 120;

/** One line about a package. */
export interface PackageLine {
	readonly name: string;
	/** `3.0.14 → 3.0.15`, or one version if both sides have it. */
	readonly versions: string;
	/** `new`, `removed`, or empty. */
	readonly what: string;
	/** Number of its new files, or of its old files if it was removed. */
	readonly files: number;
	/** Stored bytes of its new files. */
	readonly stored: number;
	/** Stored bytes by which it makes images grow. */
	readonly growth: number;
}

/** Returns a line for each package whose versions or files differ; without an old package, for each package. */
export function packageLines({ old: before, packages }: PlatformReport): PackageLine[] {
	return packages.map((each) => {
		const isNew = each.before.length + each.kept.length === 0;
		const isRemoved = each.after.length + each.kept.length === 0;
		return {
			name: cut(each.name),
			versions: cut(versionWords(each)),
			what: before === undefined ? "" : isNew ? "new" : isRemoved ? "removed" : "",
			files: (each.new ?? each.old)?.files ?? 0,
			stored: each.new?.stored ?? 0,
			growth: packageGrowth(each),
		};
	});
}

function versionWords({ before, after, kept }: PackageChange): string {
	const words = (versions: readonly string[]): string => versions.join(", ") || "?";
	if (before.length === 0 && after.length === 0) return words(kept);
	if (before.length + kept.length === 0) return words(after);
	if (after.length + kept.length === 0) return words(before);
	// One version was added or removed, and other versions stayed.
	const beside = before.length === 0 || after.length === 0 ? kept : [];
	return `${words([...beside, ...before])} → ${words([...beside, ...after])}`;
}

function cut(text: string): string {
	return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}

/** Returns a package with its versions: `debian/openssl 3.0.14 → 3.0.15 (new)`. */
export function packageWords({ name, versions, what }: PackageLine): string {
	return `${name} ${versions}${what === "" ? "" : ` (${what})`}`;
}

/** Returns a name for the files that belong to none of the packages of a report. */
export function otherFilesName({ old: before, packages }: PlatformReport): string {
	if (packages.length === 0) return "all files";
	return before === undefined ? "files of no package" : "files of other packages, or of none";
}

/** Returns the weight of a package: `31 files, stored 211 kB`; empty for a package without files of its own. */
export function weightWords(files: number, stored: number): string {
	return files === 0 ? "" : `${formatCounted(files, "file")}, stored ${formatSize(stored)}`;
}

/** Returns the cells of a change: growth, path, kind of the change, stored and full size. */
export function changeCells(change: FileChange): [growth: string, path: string, what: string, sizes: string] {
	const after = change.new ?? change.old;
	const sizes =
		after === undefined || after.size === 0
			? ""
			: `${formatSize(after.size)}, stored ${formatSize(after.stored)}`;
	return [formatGrowth(growthOf(change)), change.path, CHANGE_WORDS[change.change], sizes];
}

export const CHANGE_WORDS: Readonly<Record<FileChange["change"], string>> = {
	added: "new",
	removed: "removed",
	content: "changed",
	attributes: "attributes",
	kind: "other kind",
};

/** One line of the table of a volume's parts. */
export interface VolumeRow {
	readonly name: string;
	readonly old: number | undefined;
	readonly new: number | undefined;
}

/** Returns the parts of a volume, old and new side by side, and their sum. */
export function volumeRows({ old: before, new: after }: VolumeReport): VolumeRow[] {
	const names = [...new Set([...(after?.rows ?? []), ...(before?.rows ?? [])].map(({ name }) => name))];
	const find = (rows: typeof before, name: string) =>
		rows && (rows.rows.find((row) => row.name === name)?.bytes ?? 0);
	return [
		...names.map((name) => ({ name, old: find(before, name), new: find(after, name) })),
		{ name: "image", old: before?.size, new: after?.size },
	];
}
