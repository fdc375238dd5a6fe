import { type Content, contentBytes } from "../../ground/bytes/index.js";
import { contentSlice } from "../../ground/files/index.js";

const MAGIC = 0x7f454c46;
const HEADER_SIZE = 64;
const TABLE_LIMIT = 1 << 20;
const PT_LOAD = 1;
const PF_X = 1;
const PF_W = 2;

/** Places of the fields that differ between the two classes of ELF files (ELF gABI, chapters 4, 5). */
interface Layout {
	readonly header: { readonly segments: number; readonly sections: number; readonly counts: number };
	readonly section: { readonly size: number; readonly offset: number; readonly length: number };
	readonly segment: {
		readonly size: number;
		readonly flags: number;
		readonly offset: number;
		readonly address: number;
		readonly length: number;
	};
}

const LAYOUTS: Readonly<Record<number, Layout>> = {
	1: {
		header: { segments: 28, sections: 32, counts: 42 },
		section: { size: 40, offset: 16, length: 20 },
		segment: { size: 32, flags: 24, offset: 4, address: 8, length: 16 },
	},
	2: {
		header: { segments: 32, sections: 40, counts: 54 },
		section: { size: 64, offset: 24, length: 32 },
		segment: { size: 56, flags: 4, offset: 8, address: 16, length: 32 },
	},
};

interface Segment {
	readonly flags: number;
	readonly offset: number;
	readonly address: number;
	readonly length: number;
}

/** An ELF program or library, for finding sections by name. */
export class ElfFile {
	readonly bits: 32 | 64;
	readonly isLittleEndian: boolean;
	readonly #content: Content;
	readonly #head: Buffer;
	readonly #layout: Layout;

	private constructor(content: Content, head: Buffer, layout: Layout) {
		this.bits = head[4] === 1 ? 32 : 64;
		this.isLittleEndian = head[5] === 1;
		this.#content = content;
		this.#head = head;
		this.#layout = layout;
	}

	/** Opens a file by its first bytes; undefined if it is not an ELF file. */
	static open(content: Content): ElfFile | undefined {
		if (content.size < HEADER_SIZE) return undefined;
		const head = Buffer.alloc(HEADER_SIZE);
		content.read(head, 0);
		const layout = LAYOUTS[head[4]!];
		const isElf = head.readUInt32BE(0) === MAGIC && (head[5] === 1 || head[5] === 2);
		return isElf && layout !== undefined ? new ElfFile(content, head, layout) : undefined;
	}

	/** Whether the file lists its sections, as most files do, even stripped ones. */
	get hasSections(): boolean {
		return this.#half(this.#head, this.#layout.header.counts + 6) > 0;
	}

	/** Returns the named sections that exist and lie inside the file. */
	sections(names: readonly string[]): Map<string, Content> {
		const { header, section } = this.#layout;
		const found = new Map<string, Content>();
		const table = this.#table(header.sections, header.counts + 4, section.size);
		const strings = this.#slice(this.#entry(table, this.#half(this.#head, header.counts + 8), section.size));
		if (strings === undefined || strings.size > TABLE_LIMIT) return found;
		const text = Buffer.from(contentBytes(strings)).toString("latin1");
		// Fast path: the table of names shows that most programs have none of them.
		const present = names.filter((name) => text.includes(`${name}\0`));
		for (let at = 0; present.length > 0 && at + section.size <= table.length; at += section.size) {
			const start = this.word(table, at);
			const name = present.find((wanted) => text.startsWith(`${wanted}\0`, start));
			const body = name && this.#slice(this.#entry(table, at / section.size, section.size));
			if (name && body) found.set(name, body);
		}
		return found;
	}

	/** Returns the first segment of data that is writable at run time; undefined if there is none. */
	dataSegment(): Content | undefined {
		const segment = this.#segments().find(({ flags }) => (flags & (PF_W | PF_X)) === PF_W);
		return segment && this.#range(segment.offset, segment.length);
	}

	/** Returns the bytes at an address of the loaded program; undefined if they are not in the file. */
	atAddress(address: number, length: number): Uint8Array | undefined {
		const segment = this.#segments().find(
			(one) => address >= one.address && address + length <= one.address + one.length,
		);
		const body = segment && this.#range(segment.offset + address - segment.address, length);
		return body && contentBytes(body);
	}

	/** Reads 32 bits in the byte order of the file. */
	word(bytes: Buffer, at: number): number {
		return this.isLittleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
	}

	/** Reads an address or an offset, in the file's class and byte order. */
	address(bytes: Buffer, at: number): number {
		if (this.bits === 32) return this.word(bytes, at);
		return Number(this.isLittleEndian ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
	}

	#half(bytes: Buffer, at: number): number {
		return this.isLittleEndian ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
	}

	#segments(): Segment[] {
		const { header, segment } = this.#layout;
		const table = this.#table(header.segments, header.counts, segment.size);
		const segments: Segment[] = [];
		for (let at = 0; at + segment.size <= table.length; at += segment.size) {
			if (this.word(table, at) !== PT_LOAD) continue;
			segments.push({
				flags: this.word(table, at + segment.flags),
				offset: this.address(table, at + segment.offset),
				address: this.address(table, at + segment.address),
				length: this.address(table, at + segment.length),
			});
		}
		return segments;
	}

	/** Reads a table if its entries have the size of the class; empty if it cannot be read. */
	#table(offsetAt: number, sizeAt: number, entrySize: number): Buffer {
		const size = this.#half(this.#head, sizeAt);
		const length = size * this.#half(this.#head, sizeAt + 2);
		const body = size === entrySize ? this.#range(this.address(this.#head, offsetAt), length) : undefined;
		return Buffer.from(body && length <= 1 << 22 ? contentBytes(body) : []);
	}

	#entry(table: Buffer, index: number, size: number): Buffer {
		return table.subarray(index * size, (index + 1) * size);
	}

	#slice(entry: Buffer): Content | undefined {
		const { section } = this.#layout;
		if (entry.length < section.size) return undefined;
		return this.#range(this.address(entry, section.offset), this.address(entry, section.length));
	}

	#range(offset: number, length: number): Content | undefined {
		return offset + length <= this.#content.size ? contentSlice(this.#content, offset, length) : undefined;
	}
}
