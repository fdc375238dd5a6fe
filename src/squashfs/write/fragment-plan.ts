import { setImmediate as nextTurn } from "node:timers/promises";
import type { BlockKeys, BlockStore } from "../cache/index.js";
import type { ImageOptions } from "../format/index.js";
import {
	decodeGroups,
	decodeSample,
	encodeGroups,
	encodeSample,
	groupInOrder,
	groupSimilar,
	type Tail,
	type TailGroups,
	type TailSample,
	TailSampler,
} from "../group/index.js";

/** Bytes sampled between two turns of the event loop. */
const TURN_BYTES = 1 << 20;

/**
 * Which tails share which fragment block. Reads each tail once, with turns for those who feed
 * the workers meanwhile, unless `store` knows how these tails were grouped before.
 */
export async function planFragments(
	tails: readonly Tail[],
	{ blockSize, order }: Pick<ImageOptions, "blockSize" | "order">,
	keys: BlockKeys,
	store: BlockStore | undefined,
): Promise<readonly (readonly Tail[])[]> {
	const sizes = tails.map(({ size }) => size);
	const groups =
		order === "tree" ? groupInOrder(sizes, blockSize) : await groupOnce(tails, blockSize, keys, store);
	return groups.map((group) => group.map((tail) => tails[tail]!));
}

async function groupOnce(
	tails: readonly Tail[],
	blockSize: number,
	keys: BlockKeys,
	store: BlockStore | undefined,
): Promise<TailGroups> {
	const key = store && keys.name("grouping", tails);
	const known = key && (await store.find(key));
	if (known) return decodeGroups(known.bytes, tails.length);
	const groups = await groupSimilar(await sampleTails(tails, keys, store), blockSize);
	if (key) store.keep(key, { bytes: encodeGroups(groups), raw: true });
	return groups;
}

async function sampleTails(
	tails: readonly Tail[],
	keys: BlockKeys,
	store: BlockStore | undefined,
): Promise<readonly TailSample[]> {
	const sampler = new TailSampler(tails.reduce((sum, { size }) => sum + size, 0));
	const samples: TailSample[] = [];
	let bytesOfTurn = 0;
	for (const tail of tails) {
		samples.push(await sampleOnce(tail, sampler, keys, store));
		bytesOfTurn += tail.size;
		if (bytesOfTurn < TURN_BYTES) continue;
		bytesOfTurn = 0;
		await nextTurn();
	}
	return samples;
}

async function sampleOnce(
	tail: Tail,
	sampler: TailSampler,
	keys: BlockKeys,
	store: BlockStore | undefined,
): Promise<TailSample> {
	const key = store && keys.name(`sample below ${sampler.limit}`, [tail]);
	const known = key && (await store.find(key));
	if (known) return decodeSample(known.bytes);
	const sample = sampler.sample(tail);
	if (key) store.keep(key, { bytes: encodeSample(sample), raw: true });
	return sample;
}
