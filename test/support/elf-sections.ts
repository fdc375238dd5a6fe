export interface ElfSectionValues {
	readonly sections: Readonly<Record<string, Uint8Array>>;
	readonly bits?: 32 | 64;
	readonly endianness?: "little" | "big";
	/** One segment of data over all sections, loaded at this address. */
	readonly address?: number;
	/** Leaves out the table of sections, as sstrip does. */
	readonly stripped?: boolean;
}

/** An ELF program with named sections, each at a multiple of 16. */
export function elfWithSections(values: ElfSectionValues): Buffer {
	const { sections, bits = 64, endianness = "little", address, stripped = false } = values;
	const write = new Writer(bits, endianness === "little");
	const names = ["", ...Object.keys(sections), ".shstrtab"];
	const strings = Buffer.from(names.map((name) => `${name}\0`).join(""));
	const bodies = [...Object.values(sections).map((body) => Buffer.from(body)), strings];
	const [segmentSize, sectionSize] = bits === 64 ? [56, 64] : [32, 40];
	const start = align(64 + segmentSize);
	const places: number[] = [];
	let end = start;
	for (const body of bodies) {
		places.push(end);
		end = align(end + body.length);
	}
	const file = Buffer.alloc(end + names.length * sectionSize);
	file.set([0x7f, 0x45, 0x4c, 0x46, bits / 32, endianness === "little" ? 1 : 2, 1]);
	bodies.forEach((body, at) => void body.copy(file, places[at]));
	const [phoff, shoff, counts] = bits === 64 ? [32, 40, 54] : [28, 32, 42];
	write.address(file, 64, phoff);
	write.address(file, stripped ? 0 : end, shoff);
	[segmentSize, 1, sectionSize, stripped ? 0 : names.length, stripped ? 0 : names.length - 1].forEach(
		(value, at) => void write.half(file, value, counts + 2 * at),
	);
	const data = { start, size: end - start, address: address ?? 0x10000 };
	write.segment(file, 64, data);
	bodies.forEach((body, at) => {
		const entry = end + (at + 1) * sectionSize;
		write.word(
			file,
			names.slice(0, at + 1).reduce((sum, name) => sum + name.length + 1, 0),
			entry,
		);
		write.word(file, 1, entry + 4);
		write.address(file, places[at]!, entry + (bits === 64 ? 24 : 16));
		write.address(file, body.length, entry + (bits === 64 ? 32 : 20));
	});
	return file;
}

function align(at: number): number {
	return Math.ceil(at / 16) * 16;
}

class Writer {
	readonly #bits: 32 | 64;
	readonly #little: boolean;

	constructor(bits: 32 | 64, little: boolean) {
		this.#bits = bits;
		this.#little = little;
	}

	half(file: Buffer, value: number, at: number): void {
		if (this.#little) file.writeUInt16LE(value, at);
		else file.writeUInt16BE(value, at);
	}

	word(file: Buffer, value: number, at: number): void {
		if (this.#little) file.writeUInt32LE(value, at);
		else file.writeUInt32BE(value, at);
	}

	address(file: Buffer, value: number, at: number): void {
		if (this.#bits === 32) this.word(file, value, at);
		else if (this.#little) file.writeBigUInt64LE(BigInt(value), at);
		else file.writeBigUInt64BE(BigInt(value), at);
	}

	/** A segment that is read and written. */
	segment(
		file: Buffer,
		at: number,
		{ start, size, address }: { start: number; size: number; address: number },
	): void {
		const fields = this.#bits === 64 ? [4, 8, 16, 32] : [24, 4, 8, 16];
		this.word(file, 1, at);
		this.word(file, 6, at + fields[0]!);
		this.address(file, start, at + fields[1]!);
		this.address(file, address, at + fields[2]!);
		this.address(file, size, at + fields[3]!);
	}
}
