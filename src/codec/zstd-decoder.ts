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

/** Returns a decompressor of blocks with one zstd frame each, with a window at most as large as the kernel's. */
export function createZstdDecompressor(blockSize: number): Decompressor {
	const size = Math.max(blockSize, METADATA_SIZE);
	const decoder = new ZstdFrameDecoder(size);
	let memory = new Uint8Array(0);
	return {
		decompress(block, maximum) {
			if (memory.length < maximum) memory = new Uint8Array(Math.max(maximum, size));
			return expandFrame(decoder, block, memory.subarray(0, maximum));
		},
	};
}

/** Expands a frame into `expanded`. @returns the part of it that the frame fills. */
function expandFrame(decoder: ZstdFrameDecoder, frame: Uint8Array, expanded: Uint8Array): Uint8Array {
	const maximum = expanded.length;
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
	if (place !== frame.length) throw damagedZstd("bytes left over after the frame");
	return expanded.subarray(0, length);
}
