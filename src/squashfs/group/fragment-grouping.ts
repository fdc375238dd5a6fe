import { findLikePairs } from "./tail-likeness.js";
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
export async function groupSimilar(samples: readonly TailSample[], blockSize: number): Promise<TailGroups> {
	const sizes = samples.map(({ size }) => size);
	const clusters = await joinAlike(samples, blockSize);
	const isApart = (cluster: readonly number[]): boolean => cluster.every((tail) => samples[tail]!.compressed);
	const isLandmark = ([tail]: readonly number[]): boolean => {
		const [hash = 1] = samples[tail!]!.shingles;
		return hash % LANDMARK_RATE === 0;
	};
	const [together, apart] = [clusters.filter((cluster) => !isApart(cluster)), clusters.filter(isApart)];
	return [
		...packInOrder(together, sizes, blockSize, isLandmark),
		...packInOrder(apart, sizes, blockSize, isLandmark),
	];
}

/** Clusters of at most a block, each in the order of its tails, ordered by the first of them. */
async function joinAlike(
	samples: readonly TailSample[],
	blockSize: number,
): Promise<readonly (readonly number[])[]> {
	const order = canonicalOrder(samples);
	const pairs = await findLikePairs(
		order.map((tail) => samples[tail]!),
		blockSize,
	);
	const clusters = new Clusters(order.map((tail) => samples[tail]!.size));
	for (let i = 0; i < pairs.count; i++) clusters.join(pairs.first[i]!, pairs.second[i]!, blockSize);
	return clusters
		.members()
		.map((cluster) => cluster.map((place) => order[place]!).sort((a, b) => a - b))
		.sort((a, b) => a[0]! - b[0]!);
}

/** An order of tails that depends on what they are, not on where they stand: it decides between equals. */
function canonicalOrder(samples: readonly TailSample[]): readonly number[] {
	return samples
		.map((_, tail) => tail)
		.sort((a, b) => samples[a]!.size - samples[b]!.size || compareHashes(samples[a]!, samples[b]!));
}

function compareHashes({ shingles: a }: TailSample, { shingles: b }: TailSample): number {
	const differs = a.findIndex((hash, i) => hash !== b[i]);
	return differs === -1 ? a.length - b.length : a[differs]! - (b[differs] ?? -1);
}

/** Sets of tails that are joined two by two, up to a size. */
class Clusters {
	readonly #parents: Uint32Array;
	readonly #sizes: Float64Array;

	constructor(sizes: readonly number[]) {
		this.#parents = Uint32Array.from(sizes, (_, i) => i);
		this.#sizes = Float64Array.from(sizes);
	}

	join(first: number, second: number, mostBytes: number): void {
		const [a, b] = [this.#find(first), this.#find(second)];
		if (a === b || this.#sizes[a]! + this.#sizes[b]! > mostBytes) return;
		const [low, high] = a < b ? [a, b] : [b, a];
		this.#parents[high] = low;
		this.#sizes[low]! += this.#sizes[high]!;
	}

	members(): number[][] {
		const clusters = new Map<number, number[]>();
		for (let i = 0; i < this.#parents.length; i++) {
			const root = this.#find(i);
			const cluster = clusters.get(root);
			if (cluster) cluster.push(i);
			else clusters.set(root, [i]);
		}
		return [...clusters.values()];
	}

	#find(member: number): number {
		let root = member;
		while (this.#parents[root] !== root) {
			// Halves the way for the next one.
			const above = this.#parents[this.#parents[root]!]!;
			this.#parents[root] = above;
			root = above;
		}
		return root;
	}
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
