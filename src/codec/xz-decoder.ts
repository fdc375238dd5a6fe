import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Decompressor } from "./compressor.js";
import { CodecError } from "./errors.js";
import { WasmInstance } from "./wasm-instance.js";

/** The exports of `assembly/xz-decoder.ts`. */
interface XzDecoderFunctions {
	prepare(length: number, maximum: number): number;
	outputAddress(length: number): number;
	inputPlace(): number;
	lzma2(from: number, inputEnd: number, to: number, maximum: number, dictionary: number): number;
	unfilterBranches(filter: number, data: number, length: number, start: number): number;
	crc64(data: number, length: number): bigint;
}

// Section numbers are those of the .xz file format, version 1.2.0.
const HEADER_MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0];
const FOOTER_MAGIC = 0x5a59;
const HEADER_SIZE = 12;
const FOOTER_SIZE = 12;
/** Bytes of the check by its id, section 2.1.1.2. All tools agree on three ids. */
const CHECK_SIZES: Readonly<Record<number, number>> = { 0: 0, 1: 4, 4: 8, 10: 32 };
const LZMA2_FILTER = 0x21;
/** The largest dictionary that is accepted. Most of it is what an image block of 1 MiB may have. */
const LARGEST_DICTIONARY = 64 << 20;

interface BlockHeader {
	readonly size: number;
	readonly compressed: number | undefined;
	readonly uncompressed: number | undefined;
	/** Branch filters, in the order of encoding. */
	readonly branches: readonly { readonly filter: number; readonly start: number }[];
	readonly dictionary: number;
}

interface IndexRecord {
	readonly unpadded: number;
	readonly uncompressed: number;
}

/** Returns a decompressor of .xz streams with any number of blocks. It verifies checks, and undoes branch filters. */
export function createXzDecompressor(): Decompressor {
	const wasm = WasmInstance.open<XzDecoderFunctions>("xz-decoder");
	return {
		decompress(block, maximum) {
			const address = wasm.functions.prepare(block.length, maximum);
			wasm.memory.set(block, address);
			return new XzStream(wasm, address, block.length, maximum).expand();
		},
	};
}

function damaged(reason: string): CodecError {
	return new CodecError("ERR_CODEC_DATA", `xz block: decompress: ${reason}`);
}

function unsupported(reason: string): CodecError {
	return new CodecError("ERR_CODEC_UNSUPPORTED", `xz block: decompress: ${reason}`);
}

/** One stream in the decoder's memory. Every number is checked before it is used as an address. */
class XzStream {
	readonly #functions: XzDecoderFunctions;
	readonly #memory: Uint8Array;
	readonly #view: DataView;
	readonly #start: number;
	readonly #end: number;
	readonly #output: number;
	readonly #maximum: number;
	readonly #records: IndexRecord[] = [];
	#place: number;
	#expanded = 0;

	constructor(wasm: WasmInstance<XzDecoderFunctions>, start: number, length: number, maximum: number) {
		this.#functions = wasm.functions;
		this.#memory = wasm.memory;
		this.#view = new DataView(this.#memory.buffer);
		this.#start = start;
		this.#end = start + length;
		this.#output = wasm.functions.outputAddress(length);
		this.#maximum = maximum;
		this.#place = start;
	}

	expand(): Uint8Array {
		const check = this.#readStreamHeader();
		while (this.#byte(this.#place) !== 0) this.#readBlock(check);
		const indexSize = this.#readIndex();
		this.#readFooter(check, indexSize);
		return this.#memory.subarray(this.#output, this.#output + this.#expanded);
	}

	#byte(place: number): number {
		if (place >= this.#end) throw damaged("ends early");
		return this.#memory[place]!;
	}

	#expectRoom(length: number): void {
		if (length > this.#end - this.#place) throw damaged("ends early");
	}

	#word(place: number): number {
		return this.#view.getUint32(place, true);
	}

	#expectCrc(what: string, from: number, length: number, place: number): void {
		// Node's CRC is several times as fast as one in WebAssembly.
		const crc = crc32(this.#memory.subarray(from, from + length));
		const expected = this.#word(place);
		if (crc !== expected) throw damaged(`${what}: wrong CRC32, expected ${expected}, got ${crc}`);
	}

	/** Reads the stream header, section 2.1.1. @returns the id of the check. */
	#readStreamHeader(): number {
		this.#expectRoom(HEADER_SIZE);
		for (const [index, byte] of HEADER_MAGIC.entries()) {
			if (this.#byte(this.#start + index) !== byte) throw damaged("no .xz header");
		}
		this.#expectCrc("stream header", this.#start + 6, 2, this.#start + 8);
		const check = this.#byte(this.#start + 7);
		if (this.#byte(this.#start + 6) !== 0 || CHECK_SIZES[check] === undefined) {
			throw unsupported(`check id ${check}`);
		}
		this.#place += HEADER_SIZE;
		return check;
	}

	/** Reads a block, section 3. */
	#readBlock(check: number): void {
		const start = this.#place;
		const header = this.#readBlockHeader();
		this.#place += header.size;
		const to = this.#output + this.#expanded;
		const length = this.#functions.lzma2(
			this.#place,
			this.#end,
			to,
			this.#maximum - this.#expanded,
			header.dictionary,
		);
		if (length < 0) throw damaged("LZMA2 data is damaged or expands too far");
		const compressed = this.#functions.inputPlace() - this.#place;
		if ((header.compressed ?? compressed) !== compressed) throw damaged("wrong compressed size");
		if ((header.uncompressed ?? length) !== length) throw damaged("wrong uncompressed size");
		for (const { filter, start } of header.branches.toReversed()) {
			this.#functions.unfilterBranches(filter, to, length, start);
		}
		this.#place += compressed;
		this.#readPadding(start);
		this.#readCheck(check, to, length);
		const unpadded = header.size + compressed + CHECK_SIZES[check]!;
		this.#records.push({ unpadded, uncompressed: length });
		this.#expanded += length;
	}

	/** Reads a block header, section 3.1. */
	#readBlockHeader(): BlockHeader {
		const start = this.#place;
		const size = 4 * (this.#byte(start) + 1);
		this.#expectRoom(size);
		this.#expectCrc("block header", start, size - 4, start + size - 4);
		const reader = new HeaderReader(this.#memory.subarray(start + 2, start + size - 4));
		const flags = this.#byte(start + 1);
		if (flags & 0x3c) throw unsupported(`block flags ${flags}`);
		const compressed = flags & 0x40 ? reader.integer() : undefined;
		const uncompressed = flags & 0x80 ? reader.integer() : undefined;
		const branches = Array.from({ length: flags & 3 }, () => readBranchFilter(reader));
		const dictionary = readDictionarySize(reader);
		reader.expectZeros();
		return { size, compressed, uncompressed, branches, dictionary };
	}

	/** Reads zero bytes up to a multiple of four, sections 3.3 and 4.4. */
	#readPadding(start: number): void {
		while ((this.#place - start) % 4 !== 0) {
			if (this.#byte(this.#place++) !== 0) throw damaged("padding is not zero");
		}
	}

	/** Verifies the check of a block, section 3.4. */
	#readCheck(check: number, data: number, length: number): void {
		const size = CHECK_SIZES[check]!;
		this.#expectRoom(size);
		if (check === 1) this.#expectCrc("data", data, length, this.#place);
		if (check === 4) {
			const crc = BigInt.asUintN(64, this.#functions.crc64(data, length));
			if (crc !== this.#view.getBigUint64(this.#place, true)) throw damaged("data: wrong CRC64");
		}
		if (check === 10) {
			const digest = createHash("sha256")
				.update(this.#memory.subarray(data, data + length))
				.digest();
			if (!digest.equals(this.#memory.subarray(this.#place, this.#place + size))) {
				throw damaged("data: wrong SHA-256");
			}
		}
		this.#place += size;
	}

	/** Reads the index, section 4. @returns its size. */
	#readIndex(): number {
		const start = this.#place;
		const reader = new HeaderReader(this.#memory.subarray(start + 1, this.#end));
		if (reader.integer() !== this.#records.length) throw damaged("index: wrong number of records");
		for (const { unpadded, uncompressed } of this.#records) {
			if (reader.integer() !== unpadded || reader.integer() !== uncompressed) {
				throw damaged("index: wrong sizes");
			}
		}
		this.#place += 1 + reader.taken;
		this.#readPadding(start);
		this.#expectRoom(4);
		this.#expectCrc("index", start, this.#place - start, this.#place);
		this.#place += 4;
		return this.#place - start;
	}

	/** Reads the stream footer, section 2.1.2. */
	#readFooter(check: number, indexSize: number): void {
		const start = this.#place;
		if (this.#end - start !== FOOTER_SIZE) throw damaged("bytes missing or left over at the end");
		this.#expectCrc("stream footer", start + 4, 6, start);
		const sound =
			(this.#word(start + 4) + 1) * 4 === indexSize &&
			this.#byte(start + 8) === 0 &&
			this.#byte(start + 9) === check &&
			this.#view.getUint16(start + 10, true) === FOOTER_MAGIC;
		if (!sound) throw damaged("stream footer differs from the header");
	}
}

/** Reads bytes and the variable-length integers of section 1.2. */
class HeaderReader {
	readonly #bytes: Uint8Array;
	taken = 0;

	constructor(bytes: Uint8Array) {
		this.#bytes = bytes;
	}

	byte(): number {
		const byte = this.#bytes[this.taken++];
		if (byte === undefined) throw damaged("header ends early");
		return byte;
	}

	/** Reads an integer. None of ours exceeds 2^49, so that a larger one is damage. */
	integer(): number {
		let value = 0;
		for (let scale = 1; scale < 2 ** 49; scale *= 128) {
			const byte = this.byte();
			value += (byte & 127) * scale;
			if (byte < 128) {
				if (byte === 0 && scale > 1) break;
				return value;
			}
		}
		throw damaged("integer is too long");
	}

	/** Reads a little-endian word. */
	word(): number {
		return (this.byte() | (this.byte() << 8) | (this.byte() << 16) | (this.byte() << 24)) >>> 0;
	}

	expectZeros(): void {
		while (this.taken < this.#bytes.length) {
			if (this.byte() !== 0) throw damaged("header padding is not zero");
		}
	}
}

/** Reads a branch filter, section 5.3.2. */
function readBranchFilter(reader: HeaderReader): { filter: number; start: number } {
	const filter = reader.integer();
	if (filter < 4 || filter > 11) throw unsupported(`filter ${filter}`);
	const size = reader.integer();
	if (size !== 0 && size !== 4) throw damaged("filter properties");
	return { filter, start: size === 4 ? reader.word() : 0 };
}

/** Reads the dictionary size of the last filter, section 5.3.1. */
function readDictionarySize(reader: HeaderReader): number {
	const filter = reader.integer();
	if (filter !== LZMA2_FILTER) throw unsupported(`last filter ${filter}`);
	if (reader.integer() !== 1) throw damaged("LZMA2 properties");
	const bits = reader.byte();
	const size = (2 | (bits & 1)) * 2 ** ((bits >> 1) + 11);
	if (bits > 40 || size > LARGEST_DICTIONARY) throw unsupported(`dictionary of ${size} bytes`);
	return size;
}
