import type { Content } from "./content.js";

/** A part of a content. */
export interface Stretch {
	readonly content: Content;
	/** First byte in `content`. */
	readonly position: number;
	/** Bytes. */
	readonly size: number;
}

/** Returns the whole of a content. */
export function wholeStretch(content: Content): Stretch {
	return { content, position: 0, size: content.size };
}
