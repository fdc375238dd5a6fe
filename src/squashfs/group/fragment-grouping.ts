import { joinAlike } from "../../codec/index.js";
import type { TailSample } from "./tail-sample.js";

/** Places of tails (in the list that was grouped) block by block, in the order they lie there. */
export type TailGroups = readonly (readonly number[])[];

/** Groups as bytes: for each a count and its places, u32 little endian. */
export function encodeGroups(groups: TailGroups): Uint8Array {
	const words = groups.flatMap((group) => [group.length, ...group]);
	const bytes = Buffer.from(new ArrayBuffer(words.length * 4));
	for (const [i, word] of words.entries()) bytes.writeUInt32LE(word, i * 4);
	return bytes;
}

/** @throws RangeError when the bytes are not groups of so many tails. */
export function decodeGroups(bytes: Uint8Array, tails: number): TailGroups {
	const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const groups: number[][] = [];
	for (let at = 0; at < view.length; ) {
		const count = view.readUInt32LE(at);
		groups.push(Array.from({ length: count }, (_, i) => view.readUInt32LE(at + 4 * (i + 1))));
		at += 4 * (count + 1);
	}
	const places = groups.flat();
	if (places.length !== tails || places.some((place) => place >= tails) || new Set(places).size !== tails) {
		throw new RangeError(`tail groups: decode: expected the places of ${tails} tails`);
	}
	return groups;
}

/** Tails as they come, each block filled until the next one does not fit. */
export function groupInOrder(sizes: readonly number[], blockSize: number): TailGroups {
	return packInOrder(
		sizes.map((_, tail) => [tail]),
		sizes,
		blockSize,
		() => false,
	);
}

/** One cluster in so many begins a block whatever comes before it: a change before it ends there. */
const LANDMARK_RATE = 32;

/**
 * Tails that are alike together. The most alike pair is joined first, then the next, as long as
 * the joined clusters fit into a block; so who is joined depends on the tails around it alone, and a
 * changed file disturbs few blocks. Clusters then fill blocks in the order of their first tails,
 * those of compressed tails apart, because they would only thin out what others have in common.
 *
 * A pure function of the samples and their order; the clusters do not even depend on the order.
 */
export function groupSimilar(samples: readonly TailSample[], blockSize: number): TailGroups {
	const sizes = samples.map(({ size }) => size);
	const clusters = clusterAlike(samples, blockSize);
	const isApart = (cluster: readonly number[]): boolean => cluster.every((tail) => samples[tail]!.compressed);
	const isLandmark = ([tail]: readonly number[]): boolean => {
		const { shingles } = samples[tail!]!;
		return shingles.length > 0 && shingles.readUInt32LE() % LANDMARK_RATE === 0;
	};
	const [together, apart] = [clusters.filter((cluster) => !isApart(cluster)), clusters.filter(isApart)];
	return [
		...packInOrder(together, sizes, blockSize, isLandmark),
		...packInOrder(apart, sizes, blockSize, isLandmark),
	];
}

/** Clusters of at most a block, each in the order of its tails, ordered by the first of them. */
function clusterAlike(samples: readonly TailSample[], blockSize: number): readonly (readonly number[])[] {
	const order = canonicalOrder(samples);
	const roots = joinAlike(
		order.map((tail) => samples[tail]!),
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

/** An order of tails that depends on what they are, not on where they stand: it decides between equals. */
function canonicalOrder(samples: readonly TailSample[]): readonly number[] {
	return samples
		.map((_, tail) => tail)
		.sort((a, b) => samples[a]!.size - samples[b]!.size || compareHashes(samples[a]!, samples[b]!));
}

function compareHashes({ shingles: a }: TailSample, { shingles: b }: TailSample): number {
	const common = Math.min(a.length, b.length);
	for (let at = 0; at < common; at += 4) {
		const difference = a.readUInt32LE(at) - b.readUInt32LE(at);
		if (difference !== 0) return difference;
	}
	return a.length - b.length;
}

function packInOrder(
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
