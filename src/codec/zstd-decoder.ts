import type { Decompressor } from "./compressor.js";
import { METADATA_SIZE } from "./compressor-options.js";
import {
	BLOCK_HEADER_SIZE,
	damagedZstd,
	decodeBlockHeader,
	decodeFrameHeader,
	FRAME_MAGIC,
	frameHeaderSize,
	ZstdFrameDecoder,
} from "./zstd-frame.js";

/** Blocks that are one zstd frame each, with a window that the kernel would have ready. */
export function createZstdDecompressor(blockSize: number): Decompressor {
	const decoder = new ZstdFrameDecoder(Math.max(blockSize, METADATA_SIZE));
	return { decompress: (block, maximum) => expandFrame(decoder, block, maximum) };
}

function expandFrame(decoder: ZstdFrameDecoder, frame: Uint8Array, maximum: number): Uint8Array {
	let place = 0;
	const take = (length: number): Uint8Array => {
		if (length > frame.length - place) throw damagedZstd("ends early");
		place += length;
		return frame.subarray(place - length, place);
	};
	const magic = take(4);
	if (new DataView(magic.buffer, magic.byteOffset).getUint32(0, true) !== FRAME_MAGIC) {
		throw damagedZstd("no zstd frame");
	}
	const header = decodeFrameHeader(take(frameHeaderSize(frame[place] ?? 0)));
	decoder.begin(header);
	const expanded = new Uint8Array(maximum);
	let length = 0;
	for (let last = false; !last; ) {
		const blockHeader = decodeBlockHeader(take(BLOCK_HEADER_SIZE));
		const bytes = decoder.block(blockHeader, take(blockHeader.stored));
		if (bytes.length > maximum - length) throw damagedZstd(`expands beyond ${maximum} bytes`);
		expanded.set(bytes, length);
		length += bytes.length;
		last = blockHeader.last;
	}
	decoder.end(take(header.checksum ? 4 : 0));
	if (place !== frame.length) throw damagedZstd("bytes left over behind the frame");
	return length === maximum ? expanded : expanded.slice(0, length);
}
