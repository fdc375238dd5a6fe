import type { CompressedBlock } from "../../codec/index.js";
import { type Alignment, type ImageFile, RAW_DATA_BLOCK } from "../format/index.js";

/**
 * Called with the place of a block, when its bytes are not needed any more: byte position in the image, and the
 * word for its inode or fragment entry.
 */
export type BlockPlaced = (start: number, word: number) => void;

interface PendingBlock {
	readonly block: CompressedBlock | Promise<CompressedBlock>;
	readonly placed: BlockPlaced;
	readonly isFirst: boolean;
	/** Called after this block and all before it. */
	after?: () => void;
}

/** Writes are collected up to this many bytes. */
const WRITE_BYTES = 1 << 20;

/**
 * Blocks on their way into the image: they arrive in order, finish in any order, and are placed in the order of
 * their arrival.
 */
export class BlockSequence {
	readonly #image: ImageFile;
	readonly #window: number;
	readonly #alignment: Alignment | undefined;
	/** Whether the next block with bytes is the first one of a file, or a fragment block. */
	#isFirst = false;
	readonly #pending: PendingBlock[] = [];
	readonly #buffer: Uint8Array = new Uint8Array(3 * WRITE_BYTES);
	#buffered = 0;
	/** Position of the next block. */
	#position: number;

	/** @param window most blocks that may wait for a slower one before them. */
	constructor(image: ImageFile, position: number, window: number, alignment?: Alignment | undefined) {
		this.#image = image;
		this.#position = position;
		this.#window = window;
		this.#alignment = alignment;
	}

	/**
	 * Appends a block; returns a promise to wait for when too many blocks are unfinished.
	 * @param isFirst whether it is the first of a file, or a fragment block: then it, or the first one after it
	 *   that has bytes, is aligned.
	 */
	push(
		block: CompressedBlock | Promise<CompressedBlock>,
		isFirst: boolean,
		placed: BlockPlaced,
	): Promise<void> | undefined {
		if (block instanceof Promise) {
			// It is awaited in its turn; the error of another may come first.
			block.catch(() => {});
		} else if (this.#pending.length === 0) {
			this.#place(block, isFirst, placed);
			return undefined;
		}
		this.#pending.push({ block, isFirst, placed });
		return this.#pending.length > this.#window ? this.#drain(this.#window) : undefined;
	}

	/** Calls back once all blocks so far are placed. */
	onPlaced(call: () => void): void {
		const last = this.#pending.at(-1);
		if (last === undefined) call();
		else last.after = call;
	}

	/** Waits for all blocks and writes them out. @returns the first byte after them. */
	async finish(): Promise<number> {
		await this.#drain(0);
		this.#flush();
		return this.#position;
	}

	async #drain(left: number): Promise<void> {
		while (this.#pending.length > left) {
			const pending = this.#pending[0]!;
			const stored = await pending.block;
			this.#pending.shift();
			this.#place(stored, pending.isFirst, pending.placed);
			pending.after?.();
		}
	}

	#place({ bytes, raw }: CompressedBlock, isFirst: boolean, placed: BlockPlaced): void {
		this.#isFirst ||= isFirst;
		if (this.#isFirst && bytes.length > 0) {
			this.#align(bytes.length);
			this.#isFirst = false;
		}
		this.#buffer.set(bytes, this.#buffered);
		this.#buffered += bytes.length;
		placed(this.#position, raw ? bytes.length | RAW_DATA_BLOCK : bytes.length);
		this.#position += bytes.length;
		if (this.#buffered >= WRITE_BYTES) this.#flush();
	}

	/** Appends the zeros before a block of this size. */
	#align(length: number): void {
		if (this.#alignment === undefined || length < this.#alignment.minimum) return;
		const gap = -this.#position & (this.#alignment.multiple - 1);
		this.#buffer.fill(0, this.#buffered, this.#buffered + gap);
		this.#buffered += gap;
		this.#position += gap;
	}

	#flush(): void {
		if (this.#buffered === 0) return;
		this.#image.write(this.#buffer.subarray(0, this.#buffered), this.#position - this.#buffered);
		this.#buffered = 0;
	}
}
