import {
	BLOCK_HEADER_SIZE,
	damagedZstd,
	decodeBlockHeader,
	decodeFrameHeader,
	FRAME_MAGIC,
	frameHeaderSize,
	ZstdFrameDecoder,
} from "./zstd-frame.js";

/** The sixteen magic numbers of skippable frames, without their last four bits (RFC 8878, section 3.1.2). */
const SKIPPABLE_MAGIC = 0x184d2a5;

/**
 * Expands zstd frames (RFC 8878), one after another. Skippable frames are left out, and checksums are verified.
 * @param chunks compressed bytes, cut anywhere.
 * @param maximumWindow most bytes of the window of a frame, up to 128 MiB.
 * @returns expanded bytes; each chunk belongs to the receiver.
 * @throws CodecError ERR_CODEC_DATA if the data is damaged or ends early, ERR_CODEC_UNSUPPORTED for a larger
 *   window or a dictionary.
 */
export async function* decodeZstdStream(
	chunks: AsyncIterable<Uint8Array>,
	maximumWindow: number,
): AsyncGenerator<Uint8Array> {
	const source = new ExactReader(chunks);
	const decoder = new ZstdFrameDecoder(maximumWindow);
	try {
		while (!(await source.ended())) {
			const magic = word(await source.take(4));
			if (magic >>> 4 === SKIPPABLE_MAGIC) await source.skip(word(await source.take(4)));
			else if (magic === FRAME_MAGIC) yield* expandFrame(source, decoder);
			else throw damagedZstd("no zstd frame");
		}
	} finally {
		await source.close();
	}
}

async function* expandFrame(source: ExactReader, decoder: ZstdFrameDecoder): AsyncGenerator<Uint8Array> {
	const header = decodeFrameHeader(await source.take(frameHeaderSize(await source.peek())));
	decoder.begin(header);
	for (let last = false; !last; ) {
		const block = decodeBlockHeader(await source.take(BLOCK_HEADER_SIZE));
		decoder.checkBlock(block);
		const bytes = decoder.block(block, await source.take(block.stored));
		if (bytes.length > 0) yield bytes.slice();
		last = block.last;
	}
	decoder.end(await source.take(header.checksum ? 4 : 0));
}

function word(bytes: Uint8Array): number {
	return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}

/** Returns exactly as many bytes as requested, from chunks that are cut anywhere. */
class ExactReader {
	readonly #chunks: AsyncIterator<Uint8Array>;
	#rest: Uint8Array = new Uint8Array(0);

	constructor(chunks: AsyncIterable<Uint8Array>) {
		this.#chunks = chunks[Symbol.asyncIterator]();
	}

	/** Returns whether no bytes are left. */
	async ended(): Promise<boolean> {
		while (this.#rest.length === 0) {
			const next = await this.#chunks.next();
			if (next.done) return true;
			this.#rest = next.value;
		}
		return false;
	}

	async peek(): Promise<number> {
		if (await this.ended()) throw damagedZstd("ends early");
		return this.#rest[0]!;
	}

	/** Takes the next bytes. @returns `length` bytes, valid as long as the chunks of the source are. */
	async take(length: number): Promise<Uint8Array> {
		if (length <= this.#rest.length) return this.#cut(length);
		const whole = new Uint8Array(length);
		for (let filled = 0; filled < length; ) {
			await this.peek();
			const piece = this.#cut(Math.min(length - filled, this.#rest.length));
			whole.set(piece, filled);
			filled += piece.length;
		}
		return whole;
	}

	async skip(length: number): Promise<void> {
		for (let left = length; left > 0; ) {
			await this.peek();
			left -= this.#cut(Math.min(left, this.#rest.length)).length;
		}
	}

	async close(): Promise<void> {
		await this.#chunks.return?.();
	}

	#cut(length: number): Uint8Array {
		const piece = this.#rest.subarray(0, length);
		this.#rest = this.#rest.subarray(length);
		return piece;
	}
}
