import { CodecError } from "./errors.js";
import { WasmInstance } from "./wasm-instance.js";

/** The exports of `assembly/zstd-decoder.ts`. */
interface ZstdDecoderFunctions {
	inputAddress(): number;
	producedAddress(): number;
	beginFrame(window: number, spare: number, checksum: boolean): void;
	storedBlock(length: number): number;
	repeatedBlock(byte: number, length: number): number;
	compressedBlock(length: number): number;
	checksum(): number;
}

// Section numbers are those of RFC 8878.
export const FRAME_MAGIC = 0xfd2fb528;
const BLOCK_MOST = 128 * 1024;
export const BLOCK_HEADER_SIZE = 3;
const WINDOW_SPARE = { least: 1 << 20, most: 16 << 20 };

/** A frame's header, section 3.1.1.1. */
export interface FrameHeader {
	/** Bytes of the header without the magic number. */
	readonly size: number;
	readonly window: number;
	readonly contentSize: number | undefined;
	readonly checksum: boolean;
}

/** A block's header, section 3.1.1.2. */
export interface BlockHeader {
	readonly last: boolean;
	readonly kind: "stored" | "repeated" | "compressed";
	/** Bytes of the block in the frame. */
	readonly stored: number;
	/** Expanded bytes of a stored or repeated block. */
	readonly length: number;
}

export function damagedZstd(reason: string): CodecError {
	return new CodecError("ERR_CODEC_DATA", `zstd: decompress: ${reason}`);
}

/** Returns the bytes of the header that begins with `descriptor`. */
export function frameHeaderSize(descriptor: number): number {
	const single = (descriptor >> 5) & 1;
	const sizeBytes = [single, 2, 4, 8][descriptor >> 6]!;
	const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
	return 1 + (single ? 0 : 1) + dictionaryBytes + sizeBytes;
}

function littleEndian(bytes: Uint8Array): number {
	return bytes.reduceRight((value, byte) => value * 256 + byte, 0);
}

/** Decodes a frame header. @param bytes the header, from the descriptor on. */
export function decodeFrameHeader(bytes: Uint8Array): FrameHeader {
	const descriptor = bytes[0]!;
	if (descriptor & 8) throw damagedZstd("reserved bit of the frame header is set");
	const single = (descriptor & 0x20) !== 0;
	const sizeFlag = descriptor >> 6;
	const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
	const dictionaryStart = single ? 1 : 2;
	const sizeStart = dictionaryStart + dictionaryBytes;
	if (littleEndian(bytes.subarray(dictionaryStart, sizeStart)) !== 0) {
		throw new CodecError("ERR_CODEC_UNSUPPORTED", "zstd: decompress: frame needs a dictionary");
	}
	const sizeBytes = bytes.subarray(sizeStart);
	const contentSize =
		sizeBytes.length === 0 ? undefined : littleEndian(sizeBytes) + (sizeFlag === 1 ? 256 : 0);
	const window = single ? contentSize! : windowSize(bytes[1]!);
	return { size: bytes.length, window, contentSize, checksum: (descriptor & 4) !== 0 };
}

/** Returns the window size, section 3.1.1.1.2. */
function windowSize(byte: number): number {
	const base = 2 ** (10 + (byte >> 3));
	return base + (base / 8) * (byte & 7);
}

/** Decodes a block header. @param bytes the three bytes of the header. */
export function decodeBlockHeader(bytes: Uint8Array): BlockHeader {
	const header = littleEndian(bytes.subarray(0, BLOCK_HEADER_SIZE));
	const last = (header & 1) === 1;
	const length = header >> 3;
	const kind = (["stored", "repeated", "compressed", undefined] as const)[(header >> 1) & 3];
	if (kind === undefined) throw damagedZstd("reserved block type");
	return { last, kind, stored: kind === "repeated" ? 1 : length, length };
}

/** Expands the blocks of one frame after another, each frame with its own window. */
export class ZstdFrameDecoder {
	readonly #wasm: WasmInstance<ZstdDecoderFunctions> =
		WasmInstance.open<ZstdDecoderFunctions>("zstd-decoder");
	readonly #maximumWindow: number;
	#header: FrameHeader | undefined;
	#blockMost = 0;
	#expanded = 0;

	/** @param maximumWindow most bytes of the window of a frame. */
	constructor(maximumWindow: number) {
		this.#maximumWindow = maximumWindow;
	}

	begin(header: FrameHeader): void {
		const window = Math.max(header.window, 1);
		if (window > this.#maximumWindow) {
			const reason = `window too large, expected at most ${this.#maximumWindow} bytes, got ${window}`;
			throw new CodecError("ERR_CODEC_UNSUPPORTED", `zstd: decompress: ${reason}`);
		}
		// A match never reaches back farther than the length of the frame.
		const reach = Math.min(window, Math.max(header.contentSize ?? window, 1));
		const spare = Math.min(Math.max(reach, WINDOW_SPARE.least), WINDOW_SPARE.most);
		this.#wasm.functions.beginFrame(reach, spare, header.checksum);
		this.#header = header;
		this.#blockMost = Math.min(header.window, BLOCK_MOST);
		this.#expanded = 0;
	}

	/** Checks the sizes of a block before its bytes are read. */
	checkBlock(block: BlockHeader): void {
		if (block.length > this.#blockMost) {
			throw damagedZstd(`block too long, expected at most ${this.#blockMost} bytes, got ${block.length}`);
		}
	}

	/** Expands a block. @returns the expanded bytes, valid until the next call. */
	block(block: BlockHeader, bytes: Uint8Array): Uint8Array {
		const { functions } = this.#wasm;
		this.checkBlock(block);
		const length = this.#expandBlock(block, bytes);
		if (length < 0) throw damagedZstd("damaged block");
		this.#expanded += length;
		if (this.#expanded > (this.#header?.contentSize ?? Number.MAX_SAFE_INTEGER)) {
			throw damagedZstd("frame expands beyond its content size");
		}
		const produced = functions.producedAddress();
		return this.#wasm.memory.subarray(produced, produced + length);
	}

	#expandBlock(block: BlockHeader, bytes: Uint8Array): number {
		const { functions, memory } = this.#wasm;
		if (block.kind === "repeated") return functions.repeatedBlock(bytes[0]!, block.length);
		memory.set(bytes, functions.inputAddress());
		return block.kind === "stored"
			? functions.storedBlock(block.length)
			: functions.compressedBlock(block.length);
	}

	/** Ends a frame. @param checksum the four bytes after the last block, if the header announces them. */
	end(checksum: Uint8Array): void {
		const contentSize = this.#header?.contentSize;
		if (contentSize !== undefined && contentSize !== this.#expanded) {
			throw damagedZstd(`wrong content size, expected ${contentSize}, got ${this.#expanded}`);
		}
		if (checksum.length === 0) return;
		const expected = littleEndian(checksum);
		const got = this.#wasm.functions.checksum() >>> 0;
		if (got !== expected) throw damagedZstd(`wrong checksum, expected ${expected}, got ${got}`);
	}
}
