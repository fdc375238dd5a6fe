import { type Content, contentBytes } from "../../ground/bytes/index.js";
import { contentSlice } from "../../ground/files/index.js";
import { type ArmAttributes, decodeArmAttributes } from "./arm-attributes.js";

/** What an ELF file's header says about the machine it is for (ELF gABI, chapter 4). */
export interface ElfHeader {
	/** Bits of an address. */
	readonly bits: 32 | 64;
	readonly endianness: "little" | "big";
	/** e_machine, such as 40 for ARM. */
	readonly machine: number;
	/** e_flags: of a meaning that the machine gives it. */
	readonly flags: number;
	/** Of ARM files: what the build attributes say, as far as the file has any. */
	readonly arm?: ArmAttributes | undefined;
}

export const ELF_ARM = 40;

const IDENT_SIZE = 16;
const HEADER_SIZE = 64;
const SECTION_ARM_ATTRIBUTES = 0x70000003;
const MAXIMUM_SECTIONS = 4096;
const MAXIMUM_ATTRIBUTES_SIZE = 1 << 16;

/** Reads an ELF header; `undefined` for what is not an ELF file, or a damaged one. */
export function readElf(content: Content): ElfHeader | undefined {
	const head = Buffer.alloc(HEADER_SIZE);
	if (content.size < HEADER_SIZE) return undefined;
	content.read(head, 0);
	if (head.readUInt32BE(0) !== 0x7f454c46) return undefined;
	const [bits, endianness] = [BITS[head[4]!], ENDIANNESS[head[5]!]];
	if (bits === undefined || endianness === undefined) return undefined;
	const fields = fieldReader(endianness === "little");
	const machine = fields.half(head, IDENT_SIZE + 2);
	const flags = fields.word(head, bits === 32 ? 36 : 48);
	const arm = machine === ELF_ARM && bits === 32 ? readArmAttributes(content, head, fields) : undefined;
	return { bits, endianness, machine, flags, arm };
}

const BITS: Readonly<Record<number, 32 | 64>> = { 1: 32, 2: 64 };
const ENDIANNESS: Readonly<Record<number, "little" | "big">> = { 1: "little", 2: "big" };

interface FieldReader {
	half(bytes: Buffer, at: number): number;
	word(bytes: Buffer, at: number): number;
}

function fieldReader(little: boolean): FieldReader {
	return {
		half: (bytes, at) => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at)),
		word: (bytes, at) => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)),
	};
}

/** The section `.ARM.attributes`, by its type: names may be stripped. 32-bit files only. */
function readArmAttributes(content: Content, head: Buffer, fields: FieldReader): ArmAttributes | undefined {
	const offset = fields.word(head, 32);
	const entrySize = fields.half(head, 46);
	const count = fields.half(head, 48);
	if (offset === 0 || entrySize < 40 || count > MAXIMUM_SECTIONS) return undefined;
	if (offset + entrySize * count > content.size) return undefined;
	const table = Buffer.from(contentBytes(contentSlice(content, offset, entrySize * count)));
	for (let at = 0; at < table.length; at += entrySize) {
		if (fields.word(table, at + 4) !== SECTION_ARM_ATTRIBUTES) continue;
		const [start, size] = [fields.word(table, at + 16), fields.word(table, at + 20)];
		if (size > MAXIMUM_ATTRIBUTES_SIZE || start + size > content.size) return undefined;
		return decodeArmAttributes(contentBytes(contentSlice(content, start, size)), fields.word);
	}
	return undefined;
}
