export interface ElfValues {
	readonly machine: number;
	readonly bits?: 32 | 64;
	readonly endianness?: "little" | "big";
	readonly flags?: number;
	/** Bytes of a section `.ARM.attributes`. */
	readonly attributes?: Uint8Array;
}

/** An ELF file of a header, and at most one section: what the architecture check reads. */
export function elfFile({
	machine,
	bits = 32,
	endianness = "little",
	flags = 0,
	attributes,
}: ElfValues): Buffer {
	const little = endianness === "little";
	const head = Buffer.alloc(64);
	const half = (value: number, at: number): unknown =>
		little ? head.writeUInt16LE(value, at) : head.writeUInt16BE(value, at);
	const word = (bytes: Buffer, value: number, at: number): unknown =>
		little ? bytes.writeUInt32LE(value, at) : bytes.writeUInt32BE(value, at);
	head.set([0x7f, 0x45, 0x4c, 0x46, bits === 32 ? 1 : 2, little ? 1 : 2, 1]);
	half(3, 16);
	half(machine, 18);
	word(head, flags, bits === 32 ? 36 : 48);
	if (attributes === undefined) return head;
	word(head, 64, 32);
	half(40, 46);
	half(2, 48);
	const table = Buffer.alloc(80);
	word(table, 0x70000003, 44);
	word(table, 64 + 80, 56);
	word(table, attributes.length, 60);
	return Buffer.concat([head, table, attributes]);
}

/** Build attributes of the vendor `aeabi`: tag, value, tag, value…; texts for the tags that have them. */
export function armAttributes(values: readonly (number | string)[]): Buffer {
	const body = Buffer.concat(
		values.map((value) => (typeof value === "string" ? Buffer.from(`${value}\0`) : Buffer.of(value))),
	);
	const part = Buffer.concat([Buffer.of(1), word(body.length + 5), body]);
	const vendor = Buffer.from("aeabi\0");
	return Buffer.concat([Buffer.from("A"), word(4 + vendor.length + part.length), vendor, part]);
}

function word(value: number): Buffer {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32LE(value);
	return bytes;
}
