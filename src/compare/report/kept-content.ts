import { type Content, contentBytes } from "../../ground/bytes/index.js";

/** Bytes of files that are kept, all together. */
const KEPT_BYTES = 1 << 24;

/** Files that both images have are read for both of them, but expanded once. */
export class KeptContents {
	#left: number = KEPT_BYTES;

	/** Returns a content that keeps its bytes once they were read, as long as there is room. */
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
