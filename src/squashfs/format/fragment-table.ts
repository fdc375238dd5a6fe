import type { FragmentEntry } from "./data-layout.js";
import { Fields } from "./fields.js";

export const FRAGMENT_ENTRY_SIZE = 16;

/** The entries of the fragment table: position, size word, zero. */
export function encodeFragmentEntries(fragments: readonly FragmentEntry[]): Uint8Array {
	const fields = new Fields(fragments.length * FRAGMENT_ENTRY_SIZE);
	for (const { start, word } of fragments) fields.u64(start).u32(word).u32(0);
	return fields.bytes();
}
