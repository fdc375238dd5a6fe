import { joinAlike } from "../../codec/index.js";
import type { TailSamples } from "./tail-sample.js";

/** Indexes of tails (in the grouped list) for each block, in their order in it. */
export type TailGroups = readonly (readonly number[])[];

/** Returns groups as bytes: for each a count and its indexes, u32 little endian. */
export function encodeGroups(groups: TailGroups): Uint8Array {
	const words = groups.flatMap((group) => [group.length, ...group]);
	const bytes = Buffer.from(new ArrayBuffer(words.length * 4));
	for (const [i, word] of words.entries()) bytes.writeUInt32LE(word, i * 4);
	return bytes;
}

/** Decodes groups. @throws RangeError when the bytes are not groups of this many tails. */
export function decodeGroups(bytes: Uint8Array, tails: number): TailGroups {
	const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const groups: number[][] = [];
	for (let at = 0; at < view.length; ) {
		const count = view.readUInt32LE(at);
		groups.push(Array.from({ length: count }, (_, i) => view.readUInt32LE(at + 4 * (i + 1))));
		at += 4 * (count + 1);
	}
	const seen = new Uint8Array(tails);
	let places = 0;
	for (const group of groups) {
		for (const place of group) seen[place] = 1;
		places += group.length;
	}
	if (places !== tails || seen.includes(0)) {
		throw new RangeError(`tail groups: decode: expected the places of ${tails} tails`);
	}
	return groups;
}

/** Groups tails in their order; each block is filled until the next tail does not fit. */
export function groupInOrder(sizes: readonly number[], blockSize: number): TailGroups {
	return packInOrder(
		sizes.map((_, tail) => [tail]),
		sizes,
		blockSize,
		() => false,
	);
}

/** One cluster in this many always begins a block, so that a change before it has no effect after it. */
const LANDMARK_RATE = 32;

/**
 * Groups similar tails. The most similar pair is joined first, then the next, as long as the joined clusters fit
 * into a block. So a group depends only on the tails around it, and a changed file changes few blocks. Clusters
 * then fill blocks in the order of their first tails. Those of compressed tails are separate, because they would
 * only displace similar data.
 *
 * A pure function of the samples and their order; the clusters do not even depend on the order.
 */
export function groupSimilar(samples: TailSamples, blockSize: number): TailGroups {
	const sizes = samples.starts.map((_, tail) => samples.size(tail));
	const clusters = clusterAlike(samples, sizes, blockSize);
	const isApart = (cluster: readonly number[]): boolean =>
		cluster.every((tail) => samples.isCompressed(tail));
	const isLandmark = ([tail]: readonly number[]): boolean =>
		samples.hashCount(tail!) > 0 && samples.hash(tail!, 0) % LANDMARK_RATE === 0;
	const [together, apart] = [clusters.filter((cluster) => !isApart(cluster)), clusters.filter(isApart)];
	return [
		...packInOrder(together, sizes, blockSize, isLandmark),
		...packInOrder(apart, sizes, blockSize, isLandmark),
	];
}

/** Returns clusters of at most a block, each in the order of its tails, ordered by their first tails. */
function clusterAlike(
	samples: TailSamples,
	sizes: readonly number[],
	blockSize: number,
): readonly (readonly number[])[] {
	const order = canonicalOrder(samples, sizes);
	const { bytes, starts } = samples;
	const roots = joinAlike(
		bytes,
		order.map((tail) => starts[tail]!),
		blockSize,
	);
	const clusters = new Map<number, number[]>();
	for (const [place, root] of roots.entries()) {
		const cluster = clusters.get(root);
		if (cluster) cluster.push(order[place]!);
		else clusters.set(root, [order[place]!]);
	}
	return [...clusters.values()].map((cluster) => cluster.sort((a, b) => a - b)).sort((a, b) => a[0]! - b[0]!);
}

/** Returns an order of tails that depends on their samples, not on their positions, to decide between equals. */
function canonicalOrder(samples: TailSamples, sizes: readonly number[]): readonly number[] {
	return sizes.map((_, tail) => tail).sort((a, b) => sizes[a]! - sizes[b]! || compareHashes(samples, a, b));
}

function compareHashes(samples: TailSamples, a: number, b: number): number {
	const [countA, countB] = [samples.hashCount(a), samples.hashCount(b)];
	for (let i = 0; i < Math.min(countA, countB); i++) {
		const difference = samples.hash(a, i) - samples.hash(b, i);
		if (difference !== 0) return difference;
	}
	return countA - countB;
}

/**
 * Fills blocks with clusters in their order, each with as many as fit.
 * @param isLandmark returns whether a cluster always begins a block.
 */
export function packInOrder(
	clusters: readonly (readonly number[])[],
	sizes: readonly number[],
	blockSize: number,
	isLandmark: (cluster: readonly number[]) => boolean,
): TailGroups {
	const groups: number[][] = [];
	let room = 0;
	for (const cluster of clusters) {
		const size = cluster.reduce((sum, tail) => sum + sizes[tail]!, 0);
		if (size > room || isLandmark(cluster)) {
			groups.push([]);
			room = blockSize;
		}
		groups.at(-1)!.push(...cluster);
		room -= size;
	}
	return groups;
}
