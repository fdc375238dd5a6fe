import type { Content } from "../../ground/bytes/index.js";
import { objectReference } from "../../pantavisor/state/index.js";
import { ChunkIndex } from "./chunk-delta.js";
import type { DeltaAhead } from "./delta-ahead.js";
import { fillGaps, type Run } from "./equal-runs.js";
import { type ObjectChange, objectContents } from "./object-changes.js";
import { patchBytes } from "./patch-delta.js";
import type { Side } from "./side.js";

/** Bytes that a device with the old package transfers for the new one, for each way to update. */
export interface UpdateCost {
	/** New objects as a whole: what Pantavisor does today. */
	readonly objects: number;
	/** New objects in blocks of 4 KiB that are looked up by hash, as RAUC's adaptive updates do. */
	readonly blocks4k: number;
	/** New objects in chunks of 16 KiB that are cut by their content, as casync and desync do. */
	readonly chunks: number;
	/** A patch for each new object, made from the old object of its name; see `patchBytes`. */
	readonly patch: number;
	/** Whether objects were too large to be patched here, so that their chunks count instead. */
	readonly patchEstimated: boolean;
}

/** Bytes of the largest object that is patched. */
const PATCH_LIMIT = 1 << 28;

/** Returns the contents of the objects that only the new package has, without missing ones. */
export function freshContents(after: Side, objects: readonly ObjectChange[]): Content[] {
	return objects.flatMap(({ change, sha256 }) => (change === "new" ? (after.objects.get(sha256) ?? []) : []));
}

/**
 * Returns the cost of an update.
 * @param ahead has the facts about the objects of the old package, and about those that only the new one has.
 * @param equal runs that the comparison of images has found already, by the names of the images in the state.
 */
export async function updateCost(
	before: Side,
	after: Side,
	objects: readonly ObjectChange[],
	ahead: DeltaAhead,
	equal: ReadonlyMap<string, readonly Run[]>,
): Promise<UpdateCost> {
	const fresh = objects.filter(({ change, size }) => change === "new" && size !== undefined);
	const contents = fresh.map(({ sha256 }) => after.objects.get(sha256)!);
	const { cuts, blocks4k } = await ahead.facts();
	const index = new ChunkIndex(objectContents(before), cuts);
	const patches: DeltaCost[] = [];
	for (const [i, object] of fresh.entries()) {
		const old = previousContent(before, object);
		patches.push(await deltaCost(index, old, contents[i]!, equal.get(object.path) ?? []));
	}
	const isWhole = fresh.length === objects.filter(({ change }) => change === "new").length;
	return {
		objects: contents.reduce((sum, { size }) => sum + size, 0),
		blocks4k,
		chunks: patches.reduce((sum, { chunks }) => sum + chunks, 0),
		patch: patches.reduce((sum, { patch }) => sum + patch, 0),
		patchEstimated: !isWhole || patches.some(({ estimated }) => estimated),
	};
}

/** Returns the old object that has the name of a new one. */
function previousContent(before: Side, { path }: ObjectChange): Content | undefined {
	const reference = objectReference(before.state.get(path));
	return reference === undefined ? undefined : before.objects.get(reference);
}

interface DeltaCost {
	readonly chunks: number;
	readonly patch: number;
	readonly estimated: boolean;
}

async function deltaCost(
	index: ChunkIndex,
	old: Content | undefined,
	next: Content,
	equal: readonly Run[],
): Promise<DeltaCost> {
	const { fresh: chunks, copies } = await index.match(next);
	if (old === undefined) return { chunks, patch: next.size, estimated: false };
	const own = fillGaps(
		equal,
		copies.filter(({ content }) => content === old),
	);
	if (Math.max(old.size, next.size) <= PATCH_LIMIT) {
		return { chunks, patch: await patchBytes(old, next, own), estimated: false };
	}
	const copied = own.reduce((sum, { length }) => sum + length, 0);
	return { chunks, patch: next.size - copied, estimated: true };
}
