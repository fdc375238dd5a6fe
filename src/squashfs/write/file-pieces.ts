import type { Content } from "../../ground/bytes/index.js";
import type { ImageOptions } from "../format/index.js";
import type { Tail } from "../group/index.js";

type PieceOptions = Pick<ImageOptions, "blockSize" | "fragments">;

/**
 * Returns the tail of a file that shares a block with others; undefined if its size is a multiple of the block
 * size.
 */
export function tailOf(content: Content, { blockSize, fragments }: PieceOptions): Tail | undefined {
	const size = content.size % blockSize;
	const packed = fragments === "always" || (fragments === "small" && content.size < blockSize);
	return size > 0 && packed ? { content, position: content.size - size, size } : undefined;
}

/** Yields the parts of a file that become blocks of their own, in order. */
export function* blockPieces(content: Content, options: PieceOptions): Generator<Tail> {
	const end = content.size - (tailOf(content, options)?.size ?? 0);
	for (let position = 0; position < end; position += options.blockSize) {
		yield { content, position, size: Math.min(options.blockSize, end - position) };
	}
}
