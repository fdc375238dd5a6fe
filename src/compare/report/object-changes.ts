import type { Content } from "../../ground/bytes/index.js";
import { objectReference, type State } from "../../pantavisor/state/index.js";
import type { Side } from "./side.js";

/** An object of a state: the unit that a device downloads, and stores once. */
export interface ObjectChange {
	/** Its first name in the state. */
	readonly path: string;
	readonly sha256: string;
	/** Bytes; undefined if the object itself is missing. */
	readonly size: number | undefined;
	/** `reused` if the device has these bytes already, under any name. */
	readonly change: "new" | "reused" | "removed";
}

/** Returns the objects of both sides, each once, in the order of the new state; removed ones come last. */
export function compareObjects(before: Side | undefined, after: Side): ObjectChange[] {
	const olds = objectPaths(before?.state);
	const news = objectPaths(after.state);
	const kept = [...news].map(([sha256, path]): ObjectChange => {
		return { path, sha256, size: sizeOf(after, sha256), change: olds.has(sha256) ? "reused" : "new" };
	});
	const removed = [...olds].filter(([sha256]) => !news.has(sha256));
	return [
		...kept,
		...removed.map(([sha256, path]): ObjectChange => {
			return { path, sha256, size: sizeOf(before!, sha256), change: "removed" };
		}),
	];
}

function objectPaths(state: State | undefined): Map<string, string> {
	const paths = new Map<string, string>();
	for (const [path, value] of state ?? []) {
		const sha256 = objectReference(value);
		if (sha256 !== undefined && !paths.has(sha256)) paths.set(sha256, path);
	}
	return paths;
}

function sizeOf(side: Side, sha256: string): number | undefined {
	return side.objects.get(sha256)?.size;
}

/** Returns the contents of all existing objects of a side. */
export function objectContents(side: Side): Content[] {
	return [...objectPaths(side.state).keys()].flatMap((sha256) => side.objects.get(sha256) ?? []);
}
