/** A part of a pattern. Names are bytes, one in each character of a byte string. */
export type PatternNode =
	/** One byte of a set, which has 256 entries, 1 for each member. */
	| { readonly kind: "byte"; readonly set: Uint8Array }
	| { readonly kind: "sequence"; readonly parts: readonly PatternNode[] }
	| { readonly kind: "choice"; readonly options: readonly PatternNode[] }
	/** Repetitions of a body; `most` may be infinite. */
	| { readonly kind: "repeat"; readonly body: PatternNode; readonly least: number; readonly most: number }
	/** Any bytes that the body does not match. */
	| { readonly kind: "other"; readonly body: PatternNode }
	| { readonly kind: "start" | "end" };

/** Most characters of one pattern. */
export const MOST_CHARACTERS = 4096;
/** Most levels of nested groups. */
export const MOST_DEPTH = 100;

export const ANY_BYTE: PatternNode = { kind: "byte", set: new Uint8Array(256).fill(1) };
export const ANYTHING: PatternNode = {
	kind: "repeat",
	body: ANY_BYTE,
	least: 0,
	most: Number.POSITIVE_INFINITY,
};

export function literal(char: string): PatternNode {
	const set = new Uint8Array(256);
	set[char.charCodeAt(0)] = 1;
	return { kind: "byte", set };
}
