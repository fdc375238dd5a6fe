import { type Content, contentBytes } from "../../ground/bytes/index.js";

/** Most bytes of files that are kept, in all. */
const KEPT_BYTES = 1 << 24;

/** Keeps the bytes of files that both images have, so that they are expanded once and not twice. */
export class KeptContents {
	#left: number = KEPT_BYTES;

	/** Returns a content that keeps its bytes after they are read first, while there is room. */
	keep(content: Content): Content {
		if (content.size > this.#left) return content;
		this.#left -= content.size;
		return new KeptContent(content);
	}
}

class KeptContent implements Content {
	readonly size: number;
	readonly #content: Content;
	#bytes: Uint8Array | undefined;

	constructor(content: Content) {
		this.size = content.size;
		this.#content = content;
	}

	read(target: Uint8Array, position: number): void {
		this.#bytes ??= contentBytes(this.#content);
		target.set(this.#bytes.subarray(position, position + target.length));
	}
}
