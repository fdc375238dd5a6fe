import { type ByteString, byteStringBytes, displayByteString } from "../../ground/bytes/index.js";
import { Fields } from "./fields.js";
import { encodeLookupTable, type LookupTable } from "./lookup-table.js";
import { type CompressMetadata, encodeReference, MetadataWriter } from "./metadata-writer.js";

/** Bit of an xattr's type whose value is the position of another one's value. */
export const XATTR_VALUE_ELSEWHERE = 0x100;
export const XATTR_ID_SIZE = 16;
export const XATTR_HEADER_SIZE = 16;

/** Name prefixes by type number; others have no encoding in any kernel in use. */
export const XATTR_PREFIXES = ["user.", "trusted.", "security."] as const;

// Linux does not allow longer names, and readers refuse them.
const NAME_LIMIT = 255;
const VALUE_LIMIT = 65_536;
// Bytes of a value that is a position.
const ELSEWHERE_SIZE = 8;

type Xattr = readonly [name: ByteString, value: Uint8Array];

/** Sets of extended attributes, each distinct set once; the names and values go into metadata blocks. */
export class XattrTable {
	readonly #pairs: MetadataWriter;
	readonly #ids: Fields = new Fields();
	readonly #sets: Map<string, number> = new Map();
	readonly #values: Map<string, number> = new Map();
	readonly #dropped: Map<string, number> = new Map();

	/** @param compress for names and values. */
	constructor(compress: CompressMetadata) {
		this.#pairs = new MetadataWriter(compress);
	}

	get size(): number {
		return this.#sets.size;
	}

	/** Attributes that could not be stored: a sentence for each name. */
	get warnings(): readonly string[] {
		return [...this.#dropped].map(([reason, count]) => `${reason} (inodes: ${count})`);
	}

	/** Returns the index of a set, which is stored first if it is new; undefined when none of it can be stored. */
	index(xattrs: ReadonlyMap<ByteString, Uint8Array>): number | undefined {
		if (xattrs.size === 0) return undefined;
		const pairs = [...xattrs].filter((pair) => this.#accepts(pair)).sort(([a], [b]) => (a < b ? -1 : 1));
		if (pairs.length === 0) return undefined;
		const key = setKey(pairs);
		const known = this.#sets.get(key);
		if (known !== undefined) return known;
		this.#sets.set(key, this.#sets.size);
		this.#store(pairs);
		return this.#sets.size - 1;
	}

	/** Returns the table for `position`. Nothing may follow, as readers compute its end. */
	encode(position: number, compress: CompressMetadata): LookupTable {
		const pairs = Buffer.concat(this.#pairs.finish());
		const header = new Fields(XATTR_HEADER_SIZE).u64(position).u32(this.size).u32(0).bytes();
		const ids = encodeLookupTable(this.#ids.bytes(), position + pairs.length, compress, header);
		return { bytes: Buffer.concat([pairs, ids.bytes]), start: ids.start };
	}

	#accepts([name, value]: Xattr): boolean {
		const reason = refusal(name, value);
		if (reason === undefined) return true;
		const sentence = `xattr ${displayByteString(name)}: dropped: ${reason}`;
		this.#dropped.set(sentence, (this.#dropped.get(sentence) ?? 0) + 1);
		return false;
	}

	#store(pairs: readonly Xattr[]): void {
		const reference = encodeReference(this.#pairs.position);
		let size = 0;
		for (const pair of pairs) {
			this.#storePair(pair);
			size += pair[0].length + 1 + pair[1].length;
		}
		this.#ids.u64(reference).u32(pairs.length).u32(size);
	}

	#storePair([name, value]: Xattr): void {
		const type = prefixType(name);
		const suffix = byteStringBytes(name).subarray(XATTR_PREFIXES[type]!.length);
		const key = valueKey(value);
		const elsewhere = value.length > ELSEWHERE_SIZE ? this.#values.get(key) : undefined;
		const flag = elsewhere === undefined ? 0 : XATTR_VALUE_ELSEWHERE;
		this.#pairs.append(
			new Fields()
				.u16(type | flag)
				.u16(suffix.length)
				.append(suffix)
				.bytes(),
		);
		if (elsewhere === undefined) {
			this.#values.set(key, encodeReference(this.#pairs.position));
			this.#pairs.append(new Fields().u32(value.length).append(value).bytes());
		} else {
			this.#pairs.append(new Fields().u32(ELSEWHERE_SIZE).u64(elsewhere).bytes());
		}
	}
}

function prefixType(name: ByteString): number {
	return XATTR_PREFIXES.findIndex((prefix) => name.startsWith(prefix) && name.length > prefix.length);
}

function refusal(name: ByteString, value: Uint8Array): string | undefined {
	if (prefixType(name) < 0) return "squashfs stores user., trusted. and security. attributes only";
	if (name.length > NAME_LIMIT) return `the name is longer than ${NAME_LIMIT} bytes`;
	if (value.length > VALUE_LIMIT) return `the value is longer than ${VALUE_LIMIT} bytes`;
	return undefined;
}

function valueKey(value: Uint8Array): string {
	return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("latin1");
}

// Each string follows its length, so that different sets always have different keys.
function setKey(pairs: readonly Xattr[]): string {
	return pairs.map(([name, value]) => `${name.length},${value.length}:${name}${valueKey(value)}`).join("");
}
