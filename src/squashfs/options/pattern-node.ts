/** What a pattern is made of. Names are bytes: one character of a byte string each. */
export type PatternNode =
	/** One byte of a set: 256 entries, 1 for its members. */
	| { readonly kind: "byte"; readonly set: Uint8Array }
	| { readonly kind: "sequence"; readonly parts: readonly PatternNode[] }
	| { readonly kind: "choice"; readonly options: readonly PatternNode[] }
	/** `most` may be infinite. */
	| { readonly kind: "repeat"; readonly body: PatternNode; readonly least: number; readonly most: number }
	/** Any bytes that the body does not match. */
	| { readonly kind: "other"; readonly body: PatternNode }
	| { readonly kind: "start" | "end" };

/** Most characters of one pattern. */
export const MOST_CHARACTERS = 4096;
/** Most groups inside each other. */
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
