import { createHash } from "node:crypto";
import type { Compressor } from "../codec/index.js";
import type { RegularFile } from "../rootfs/index.js";
import {
	type DataLayout,
	type DataWriter,
	type FileLayout,
	type FragmentEntry,
	type ImageFile,
	RAW_DATA_BLOCK,
} from "./data-layout.js";
import type { ImageOptions } from "./image-options.js";

/** A data writer that stores one block after the other, in tree order. */
export function createDataWriter(
	options: ImageOptions,
	compressor: Pick<Compressor, "compress">,
): DataWriter {
	return async (files, image, position) => {
		const writer = new SequentialWriter(options, compressor, image, position);
		for (const file of files) writer.write(file);
		return writer.finish();
	};
}

class SequentialWriter {
	readonly #options: ImageOptions;
	readonly #compressor: Pick<Compressor, "compress">;
	readonly #image: ImageFile;
	readonly #files: Map<RegularFile, FileLayout> = new Map();
	readonly #known: Map<string, FileLayout> = new Map();
	readonly #fragments: FragmentEntry[] = [];
	readonly #tails: Buffer;
	#filled = 0;
	#position: number;

	constructor(
		options: ImageOptions,
		compressor: Pick<Compressor, "compress">,
		image: ImageFile,
		position: number,
	) {
		this.#options = options;
		this.#compressor = compressor;
		this.#image = image;
		this.#position = position;
		this.#tails = Buffer.alloc(options.blockSize);
	}

	write(file: RegularFile): void {
		const key = this.#options.duplicates ? contentKey(file, this.#options.blockSize) : undefined;
		const known = key === undefined ? undefined : this.#known.get(key);
		const layout = known ?? this.#store(file);
		if (key !== undefined) this.#known.set(key, layout);
		this.#files.set(file, layout);
	}

	finish(): DataLayout {
		this.#flushTails();
		return { files: this.#files, fragments: this.#fragments, end: this.#position };
	}

	#store({ content }: RegularFile): FileLayout {
		const { blockSize, fragments } = this.#options;
		const packed = fragments === "always" || (fragments === "small" && content.size < blockSize);
		const tail = packed ? content.size % blockSize : 0;
		const start = this.#position;
		const blocks: number[] = [];
		let sparse = 0;
		for (let at = 0; at < content.size - tail; at += blockSize) {
			const block = Buffer.alloc(Math.min(blockSize, content.size - at));
			content.read(block, at);
			const hole = block.equals(Buffer.alloc(block.length));
			if (hole) sparse += block.length;
			blocks.push(hole ? 0 : this.#append(block, this.#options.rawData));
		}
		const fragment = tail === 0 ? undefined : this.#pack(content, tail);
		return { start: blocks.some((word) => word !== 0) ? start : 0, blocks, sparse, fragment };
	}

	#pack(content: RegularFile["content"], tail: number): { index: number; offset: number } {
		if (this.#filled + tail > this.#tails.length) this.#flushTails();
		const offset = this.#filled;
		content.read(this.#tails.subarray(offset, offset + tail), content.size - tail);
		this.#filled += tail;
		return { index: this.#fragments.length, offset };
	}

	#flushTails(): void {
		if (this.#filled === 0) return;
		const start = this.#position;
		const word = this.#append(this.#tails.subarray(0, this.#filled), this.#options.rawFragments);
		this.#fragments.push({ start, word });
		this.#filled = 0;
	}

	#append(block: Uint8Array, raw: boolean): number {
		const compressed = raw ? undefined : this.#compressor.compress(block, "data");
		const stored = compressed ?? block;
		this.#image.write(stored, this.#position);
		this.#position += stored.length;
		return compressed ? stored.length : stored.length | RAW_DATA_BLOCK;
	}
}

function contentKey({ content }: RegularFile, blockSize: number): string {
	const hash = createHash("sha256");
	const block = new Uint8Array(blockSize);
	for (let at = 0; at < content.size; at += blockSize) {
		const part = block.subarray(0, Math.min(blockSize, content.size - at));
		content.read(part, at);
		hash.update(part);
	}
	return `${content.size}:${hash.digest("hex")}`;
}
