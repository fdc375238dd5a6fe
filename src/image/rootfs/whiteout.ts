import type { ByteString } from "../../ground/bytes/index.js";
import { EntryFault } from "./path-resolution.js";

/** What an entry's name means in a layer (image-spec, layer.md, "Whiteouts"). */
export type Meaning =
	/** An entry like any other. */
	| "plain"
	/** `.wh.NAME`: hides NAME of the layers below. */
	| "whiteout"
	/** `.wh..wh..opq`: hides everything that the layers below have in this directory. */
	| "opaque"
	/** Other `.wh..wh.` names: metadata of aufs. */
	| "metadata";

/** What makes a name a whiteout; the longest names have room for it in a layer, not on a disk. */
export const WHITEOUT_PREFIX = ".wh.";
const METADATA_PREFIX = ".wh..wh.";
const OPAQUE = ".wh..wh..opq";

/**
 * @param names the entry's path, at least one name.
 * @throws EntryFault for whiteouts of nothing, and for entries below a whiteout.
 */
export function whiteoutMeaning(names: readonly ByteString[]): Meaning {
	const last = names.at(-1)!;
	const parent = names.find((name, i) => i < names.length - 1 && name.startsWith(WHITEOUT_PREFIX));
	if (parent !== undefined) {
		if (parent.startsWith(METADATA_PREFIX)) return "metadata";
		throw new EntryFault("entry below a whiteout");
	}
	if (!last.startsWith(WHITEOUT_PREFIX)) return "plain";
	if (last === OPAQUE) return "opaque";
	if (last.startsWith(METADATA_PREFIX)) return "metadata";
	if (["", ".", ".."].includes(hiddenName(last))) throw new EntryFault("whiteout without a name");
	return "whiteout";
}

/** The name that a whiteout hides. */
export function hiddenName(whiteout: ByteString): ByteString {
	return whiteout.slice(WHITEOUT_PREFIX.length) as ByteString;
}
