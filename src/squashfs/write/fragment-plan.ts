import type { BlockPool } from "../../codec/index.js";
import type { ByteString, Content } from "../../ground/bytes/index.js";
import type { BlockKeys, BlockStore } from "../cache/index.js";
import {
	decodeGroups,
	encodeGroups,
	type FragmentOrder,
	groupAside,
	groupByName,
	groupInOrder,
	samplingLimit,
	splitSamples,
	type Tail,
	type TailGroups,
} from "../group/index.js";
import type { FirstSamples } from "./first-samples.js";

/** Tools for planning fragments. */
export interface FragmentTools {
	readonly pool: BlockPool;
	readonly keys: BlockKeys;
	readonly store: BlockStore | undefined;
	/** Samples of these tails, and possibly of others. */
	readonly samples?: FirstSamples | undefined;
	/** The names of the tails' files. */
	readonly names: ReadonlyMap<Content, ByteString>;
	readonly signal: AbortSignal | undefined;
}

/** Which tails share which fragment block. */
export interface FragmentPlan {
	readonly groups: Promise<readonly (readonly Tail[])[]>;
}

/**
 * Plans which tails share a fragment block. Settles once the workers have sampled the tails (unless the store knows
 * an earlier grouping); a thread finds the groups during the next steps.
 */
export async function planFragments(
	tails: readonly Tail[],
	order: FragmentOrder,
	tools: FragmentTools,
): Promise<FragmentPlan> {
	const { groups } =
		order.by === "strings"
			? await groupOnce(tails, order.oneIn, tools)
			: { groups: Promise.resolve(groupUnread(tails, order.by, tools)) };
	return { groups: groups.then((found) => found.map((group) => group.map((tail) => tails[tail]!))) };
}

/** Groups tails by properties that are known without reading them. */
function groupUnread(
	tails: readonly Tail[],
	by: "names" | "tree",
	{ pool: { blockSize }, names }: FragmentTools,
): TailGroups {
	const sizes = tails.map(({ size }) => size);
	if (by === "tree") return groupInOrder(sizes, blockSize);
	return groupByName(
		tails.map(({ content }) => names.get(content)!),
		sizes,
		blockSize,
	);
}

/** Groups in work. This is an object, because a promise of a promise would be awaited. */
interface GroupsInWork {
	readonly groups: Promise<TailGroups>;
}

async function groupOnce(tails: readonly Tail[], oneIn: number, tools: FragmentTools): Promise<GroupsInWork> {
	const { pool, store, keys, signal } = tools;
	const key = store && keys.name("grouping", tails);
	const known = key && (await store.find(key));
	if (known) return { groups: Promise.resolve(decodeGroups(known.bytes, tails.length)) };
	const samples = await sampleTails(tails, samplingLimit(tails, oneIn), tools);
	const groups = groupAside(samples, tails.length, pool.blockSize, { thread: pool.jobs > 0, signal });
	if (key)
		store.keep(
			key,
			groups.then((found) => ({ bytes: encodeGroups(found), raw: true })),
		);
	return { groups };
}

/** Returns samples of all tails in their order, in memory of their own. */
async function sampleTails(tails: readonly Tail[], limit: number, tools: FragmentTools): Promise<Uint8Array> {
	const { pool, store, samples } = tools;
	if (samples?.limit === limit) return samples.join(tails);
	const made =
		store === undefined ? pool.sample(tails, limit) : sampleMissing(tails, limit, { ...tools, store });
	return Buffer.concat(await made);
}

async function sampleMissing(
	tails: readonly Tail[],
	limit: number,
	{ pool, keys, store }: FragmentTools & { readonly store: BlockStore },
): Promise<readonly Uint8Array[]> {
	const names = tails.map((tail) => keys.name(`sample below ${limit}`, [tail]));
	const samples = await Promise.all(names.map((key) => store.find(key)));
	const missing = tails.flatMap((_, i) => (samples[i] === undefined ? [i] : []));
	const made = splitSamples(
		await pool.sample(
			missing.map((i) => tails[i]!),
			limit,
		),
	);
	for (const i of missing) {
		const { value } = made.next();
		samples[i] = { bytes: value!, raw: true };
		store.keep(names[i]!, samples[i]);
	}
	return samples.map((sample) => sample!.bytes);
}
