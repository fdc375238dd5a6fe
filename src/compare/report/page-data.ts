import type { FileChange } from "./file-changes.js";
import type { PlatformReport, VolumeReport } from "./platform-report.js";
import type { Report } from "./report.js";
import { visibleText } from "./visible-text.js";
import type { Weight } from "./weighing.js";

/** An entry of the page with a weight: a file, an object, or a table of an image. */
export interface Leaf {
	/** Path from the state's root into the image, `demo/root.squashfs/usr/bin/x`, safe to display. */
	readonly path: string;
	/**
	 * What the report counts it as: a regular file of the new images, another name of an image that differs, or neither:
	 * an object or a table.
	 */
	readonly kind: "file" | "name" | "part";
	readonly new: Weight | undefined;
	/** Also of what did not change: its share of a block that it shares with others may be another one. */
	readonly old: Weight | undefined;
	/** Kind of the change; undefined if it did not change. */
	readonly change: FileChange["change"] | undefined;
}

/** The index of a word is its number on the page. */
const CHANGES: readonly FileChange["change"][] = ["added", "removed", "content", "attributes", "kind"];

/**
 * Data for the script of the page. Paths are sorted, and each is stored as the number of characters that its
 * beginning shares with the path before, the number that its end shares, and the string in between. The lists of
 * a platform have a number for each path, or -1.
 */
export interface PageData {
	readonly paths: readonly (number | string)[];
	readonly platforms: readonly {
		readonly compared: boolean;
		/** -1 also for a directory, a link or a device. */
		readonly size: readonly number[];
		readonly stored: readonly number[];
		/** Growth in stored bytes; empty if there is no older package. */
		readonly growth: readonly number[];
		/** Index of the path, number of the change, and the old size of a removed file (0 for others). */
		readonly changes: readonly (readonly [path: number, change: number, size: number])[];
		/** Indexes of the paths of objects and tables. */
		readonly parts: readonly number[];
	}[];
}

/** Returns all entries of a platform, each path once. */
export function pageLeaves(report: PlatformReport): Leaf[] {
	const leaves = new Map<string, Leaf>();
	const add = (path: string, leaf: Omit<Leaf, "path">): void => {
		const name = visibleText(path);
		leaves.set(name, { path: name, ...leaf });
	};
	const olds = new Map(report.oldFiles().map((line) => [`${line.volume}/${line.path}`, line]));
	for (const { volume, path, size, stored } of report.files()) {
		const name = `${volume}/${path}`;
		add(name, { kind: "file", new: { size, stored }, old: olds.get(name), change: undefined });
	}
	for (const { volume, path, change, old: before, new: after } of report.changes) {
		const name = path === "/" ? volume : `${volume}/${path}`;
		const kind = leaves.get(visibleText(name))?.kind ?? "name";
		add(name, { kind, change, old: before, new: after });
	}
	for (const volume of report.volumes) addTables(volume, report.old !== undefined, add);
	const volumes = new Set(report.volumes.map(({ path }) => path));
	for (const { path, size = 0, change } of report.objects) {
		if (volumes.has(path)) continue;
		const weight = { size, stored: size };
		if (change === "removed") addRemovedObject(leaves, visibleText(path), weight);
		else
			add(path, {
				kind: "part",
				new: weight,
				old: change === "reused" ? weight : undefined,
				change: change === "new" && report.old ? "added" : undefined,
			});
	}
	return [...leaves.values()];
}

function addTables(
	{ path, old: before, new: after }: VolumeReport,
	compared: boolean,
	add: (path: string, leaf: Omit<Leaf, "path">) => void,
): void {
	const names = new Set([...(before?.rows ?? []), ...(after?.rows ?? [])].map(({ name }) => name));
	names.delete("files");
	for (const name of names) {
		const weight = (rows: VolumeReport["new"]): Weight | undefined => {
			const bytes = rows?.rows.find((row) => row.name === name)?.bytes;
			return bytes === undefined ? undefined : { size: bytes, stored: bytes };
		};
		const [old, next] = [weight(before), weight(after)];
		const same = old?.stored === next?.stored;
		const change =
			same || !compared
				? undefined
				: old === undefined
					? "added"
					: next === undefined
						? "removed"
						: "content";
		add(`${path}/⟨${name}⟩`, { kind: "part", old, new: next, change });
	}
}

/** Adds an object that was removed, unless a new one has its name and so replaced it. */
function addRemovedObject(leaves: Map<string, Leaf>, path: string, old: Weight): void {
	const next = leaves.get(path)?.new;
	leaves.set(path, {
		path,
		kind: "part",
		old,
		new: next,
		change: next === undefined ? "removed" : "content",
	});
}

/** Returns by how many stored bytes something grew. */
export function leafGrowth({ new: after, old: before }: Leaf): number {
	return (after?.stored ?? 0) - (before?.stored ?? 0);
}

/** Returns the data for the script of the page. */
export function pageData({ platforms }: Report, leaves: readonly (readonly Leaf[])[]): PageData {
	const paths = [...new Set(leaves.flatMap((each) => each.map(({ path }) => path)))].sort();
	const numbers = new Map(paths.map((path, i) => [path, i]));
	return {
		paths: codePaths(paths),
		platforms: platforms.map((report, i) => {
			const compared = report.old !== undefined;
			const size = new Array<number>(paths.length).fill(-1);
			const stored = new Array<number>(paths.length).fill(-1);
			const growth = new Array<number>(compared ? paths.length : 0).fill(0);
			const changes: [number, number, number][] = [];
			const parts: number[] = [];
			for (const leaf of leaves[i]!) {
				const { path, kind, new: after, old: before, change } = leaf;
				const at = numbers.get(path)!;
				if (after) stored[at] = after.stored;
				if (after && kind !== "name") size[at] = after.size;
				if (compared) growth[at] = leafGrowth(leaf);
				if (change) changes.push([at, CHANGES.indexOf(change), after ? 0 : (before?.size ?? 0)]);
				if (kind === "part") parts.push(at);
			}
			return { compared, size, stored, growth, changes, parts };
		}),
	};
}

function codePaths(paths: readonly string[]): (number | string)[] {
	return paths.flatMap((path, i) => {
		const last = paths[i - 1] ?? "";
		const start = sharedStart(last, path);
		const end = sharedEnd(last.slice(start), path.slice(start));
		return [start, end, path.slice(start, path.length - end)];
	});
}

function sharedStart(a: string, b: string): number {
	let length = 0;
	while (length < a.length && length < b.length && a[length] === b[length]) length++;
	return length;
}

function sharedEnd(a: string, b: string): number {
	let length = 0;
	while (length < a.length && length < b.length && a.at(-1 - length) === b.at(-1 - length)) length++;
	return length;
}
