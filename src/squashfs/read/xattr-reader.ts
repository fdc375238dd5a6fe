import { type ByteString, byteString } from "../../ground/bytes/index.js";
import {
	damaged,
	decodeReference,
	type ImageSource,
	readU64,
	XATTR_HEADER_SIZE,
	XATTR_ID_SIZE,
	XATTR_PREFIXES,
	XATTR_VALUE_ELSEWHERE,
} from "../format/index.js";
import { LookupReader } from "./lookup-reader.js";
import { type MetadataCursor, MetadataReader } from "./metadata-reader.js";

const VALUE_LIMIT = 65_536;

export type Xattrs = ReadonlyMap<ByteString, Uint8Array>;

/** Reads sets of extended attributes by their index. */
export class XattrReader {
	readonly #pairs: MetadataReader;
	readonly #ids: LookupReader;
	readonly #sets: Map<number, Xattrs> = new Map();
	readonly #values: Map<number, Uint8Array> = new Map();
	#spent = 0;

	/** @param position of the table's header in the image. */
	constructor(source: ImageSource, position: number) {
		const header = source.read(position, XATTR_HEADER_SIZE, "xattr table");
		const start = readU64(header, 0, "xattr table");
		if (start > position) throw damaged("xattr table", `expected its start before ${position}, got ${start}`);
		const count = header.readUInt32LE(8);
		this.#pairs = new MetadataReader(source, start, position, "xattr table");
		const list = position + XATTR_HEADER_SIZE;
		this.#ids = new LookupReader(source, list, count, XATTR_ID_SIZE, "xattr id table");
	}

	set(index: number): Xattrs {
		const known = this.#sets.get(index);
		if (known) return known;
		const id = this.#ids.entry(index);
		const cursor = this.#pairs.cursor(decodeReference(readU64(id, 0, "xattr id table")));
		const set = new Map<ByteString, Uint8Array>();
		for (let i = id.readUInt32LE(8); i > 0; i--) {
			const [name, value] = this.#pair(cursor);
			// Kernels use the first of two with one name.
			if (name !== undefined && !set.has(name)) set.set(name, value);
		}
		this.#sets.set(index, set);
		return set;
	}

	#pair(cursor: MetadataCursor): readonly [ByteString | undefined, Uint8Array] {
		const type = cursor.u16();
		const name = cursor.bytes(cursor.u16());
		// Kernels list other names than they read where a name has a NUL or its type has further bits.
		const isPlain = name.length > 0 && !name.includes(0) && type < 2 * XATTR_VALUE_ELSEWHERE;
		if (!isPlain) throw damaged("xattr table", `expected a name and its prefix, got type ${type}`);
		const elsewhere = (type & XATTR_VALUE_ELSEWHERE) !== 0;
		const value = elsewhere ? this.#elsewhere(cursor) : readValue(cursor);
		this.#spend(8 + name.length + (elsewhere ? 8 : value.length));
		const prefix = XATTR_PREFIXES[type & 0xff];
		return [prefix === undefined ? undefined : byteString(Buffer.concat([Buffer.from(prefix), name])), value];
	}

	#elsewhere(cursor: MetadataCursor): Uint8Array {
		const length = cursor.u32();
		if (length !== 8) throw damaged("xattr table", `expected a reference of 8 bytes, got ${length}`);
		const reference = cursor.u64();
		const known = this.#values.get(reference);
		if (known) return known;
		const value = readValue(this.#pairs.cursor(decodeReference(reference)));
		this.#spend(value.length);
		this.#values.set(reference, value);
		return value;
	}

	// In a sound image sets do not overlap, and a value is read at most once in its place and once by reference. A
	// hostile image could cost far more than its size.
	#spend(bytes: number): void {
		this.#spent += bytes;
		if (this.#spent > 2 * this.#pairs.reached) throw damaged("xattr table", "its sets overlap");
	}
}

function readValue(cursor: MetadataCursor): Uint8Array {
	const length = cursor.u32();
	if (length > VALUE_LIMIT)
		throw damaged("xattr table", `expected at most ${VALUE_LIMIT} bytes, got ${length}`);
	return cursor.bytes(length);
}
