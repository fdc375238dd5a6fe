import type { ByteString } from "../../ground/bytes/index.js";
import { packInOrder, type TailGroups } from "./fragment-grouping.js";

/** One name in this many always begins a block, so that a change before it has no effect after it. */
const LANDMARK_RATE = 32;

/**
 * Groups tails by the names of their files: those of one kind together, and among them those of one name, such as
 * the translations of a program. Kinds and names are in the order of their first tails.
 */
export function groupByName(
	names: readonly ByteString[],
	sizes: readonly number[],
	blockSize: number,
): TailGroups {
	const ofOneName = groupBy(names.keys(), (tail) => names[tail]!);
	const ofOneKind = groupBy(ofOneName, ([first]) => kindOf(names[first!]!));
	const landmarks = new Set(ofOneName.map(([first]) => first!).filter((tail) => isLandmark(names[tail]!)));
	return packInOrder(
		ofOneKind.flat(2).map((tail) => [tail]),
		sizes,
		blockSize,
		([tail]) => landmarks.has(tail!),
	);
}

/** Returns lists of items with a common key, in the order of keys and items. */
function groupBy<Item>(items: Iterable<Item>, keyOf: (item: Item) => string): readonly (readonly Item[])[] {
	const groups = new Map<string, Item[]>();
	for (const item of items) {
		const key = keyOf(item);
		const group = groups.get(key);
		if (group) group.push(item);
		else groups.set(key, [item]);
	}
	return [...groups.values()];
}

const DOT = 0x2e;
const HYPHEN = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;

/** Returns the part of a name that shows the kind of file: its last ending before a version, `.so` of `libc.so.6`. */
function kindOf(name: ByteString): string {
	let end = name.length;
	while (end > 0 && isVersion(name.charCodeAt(end - 1))) end--;
	const dot = name.lastIndexOf(".", end - 1);
	return dot > 0 ? name.slice(dot, end) : "";
}

function isVersion(code: number): boolean {
	return (code >= ZERO && code <= NINE) || code === DOT || code === HYPHEN;
}

/** Returns whether a name begins a block, by the lowest bits of its FNV-1a hash. */
function isLandmark(name: ByteString): boolean {
	let hash = 0x811c9dc5;
	for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
	return (hash >>> 16) % LANDMARK_RATE === 0;
}
