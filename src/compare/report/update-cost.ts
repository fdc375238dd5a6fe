import type { Content } from "../../ground/bytes/index.js";
import { objectReference } from "../../pantavisor/state/index.js";
import { newBlockBytes } from "./block-delta.js";
import { newChunkBytes } from "./chunk-delta.js";
import { type ObjectChange, objectContents } from "./object-changes.js";
import { patchBytes } from "./patch-delta.js";
import type { Side } from "./side.js";

/** What a device that has the old package transfers for the new one, by the way it updates. Bytes. */
export interface UpdateCost {
	/** New objects as a whole: what Pantavisor does today. */
	readonly objects: number;
	/** New objects in blocks of 4 KiB that are looked up by hash, as RAUC's adaptive updates do. */
	readonly blocks4k: number;
	/** New objects in chunks of 16 KiB that are cut by their content, as casync and desync do. */
	readonly chunks: number;
	/** A patch for each new object, made from the old object of its name; see `patchBytes`. */
	readonly patch: number;
	/** Whether objects were too large to be patched here, and their chunks count instead. */
	readonly patchEstimated: boolean;
}

/** Larger objects are not patched. Bytes. */
const PATCH_LIMIT = 1 << 28;

export function updateCost(before: Side, after: Side, objects: readonly ObjectChange[]): UpdateCost {
	const fresh = objects.filter(({ change }) => change === "new");
	const contents = fresh.flatMap(({ sha256 }) => after.objects.get(sha256) ?? []);
	const olds = objectContents(before);
	const patches = fresh.map((object) => patchCost(before, after, object));
	return {
		objects: contents.reduce((sum, { size }) => sum + size, 0),
		blocks4k: newBlockBytes(olds, contents),
		chunks: newChunkBytes(olds, contents),
		patch: patches.reduce((sum, { bytes }) => sum + bytes, 0),
		patchEstimated: patches.some(({ estimated }) => estimated),
	};
}

function patchCost(before: Side, after: Side, { path, sha256 }: ObjectChange): PatchCost {
	const next = after.objects.get(sha256);
	if (next === undefined) return { bytes: 0, estimated: true };
	const reference = objectReference(before.state.get(path));
	const old: Content | undefined = reference === undefined ? undefined : before.objects.get(reference);
	if (old === undefined) return { bytes: next.size, estimated: false };
	if (Math.max(old.size, next.size) > PATCH_LIMIT) {
		return { bytes: newChunkBytes([old], [next]), estimated: true };
	}
	return { bytes: patchBytes(old, next), estimated: false };
}

interface PatchCost {
	readonly bytes: number;
	readonly estimated: boolean;
}
