import type { ByteSink } from "../../src/pantavisor/package/index.js";

/** Keeps an archive in memory. */
export class MemorySink implements ByteSink {
	readonly #chunks: Uint8Array[] = [];

	write(bytes: Uint8Array): void {
		this.#chunks.push(bytes.slice());
	}

	get bytes(): Buffer {
		return Buffer.concat(this.#chunks);
	}
}
