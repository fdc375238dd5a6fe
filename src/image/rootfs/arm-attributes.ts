/** ARM build attributes that say where code can run (ABI addenda, "Build attributes"). */
export interface ArmAttributes {
	/** Level of the instruction set, 4 to 9; absent where it is not given, or a microcontroller's. */
	readonly level?: number | undefined;
	/** How floating point arguments are passed. */
	readonly floatAbi?: "hard" | "soft" | undefined;
}

const TAG_FILE = 1;
const TAG_CPU_RAW_NAME = 4;
const TAG_CPU_NAME = 5;
const TAG_CPU_ARCH = 6;
const TAG_ABI_VFP_ARGS = 28;
const TAG_COMPATIBILITY = 32;

/** Tag_CPU_arch → level of the application profile. */
const LEVELS: readonly (number | undefined)[] = [
	3, // before ARM v4
	4, // v4
	4, // v4T
	5, // v5T
	5, // v5TE
	5, // v5TEJ
	6, // v6
	6, // v6KZ
	6, // v6T2
	6, // v6K
	7, // v7
	undefined, // v6-M
	undefined, // v6S-M
	undefined, // v7E-M
	8, // v8-A
];
const LEVEL_9A = 22;

/**
 * Decodes a section `.ARM.attributes`: format version `A`, then subsections by vendor, in them
 * parts by scope, of which the file's counts.
 * @param word reads 32 bits in the file's byte order.
 * @returns `undefined` where it is damaged.
 */
export function decodeArmAttributes(
	bytes: Uint8Array,
	word: (bytes: Buffer, at: number) => number,
): ArmAttributes | undefined {
	const section = Buffer.from(bytes);
	if (section[0] !== 0x41) return undefined;
	for (let at = 1; at + 4 < section.length; ) {
		const end = at + word(section, at);
		const nameEnd = section.indexOf(0, at + 4);
		if (end <= at + 4 || end > section.length || nameEnd < 0) return undefined;
		if (section.toString("latin1", at + 4, nameEnd) === "aeabi") {
			return decodeParts(section.subarray(nameEnd + 1, end), word);
		}
		at = end;
	}
	return undefined;
}

function decodeParts(parts: Buffer, word: (bytes: Buffer, at: number) => number): ArmAttributes | undefined {
	for (let at = 0; at + 5 <= parts.length; ) {
		const end = at + word(parts, at + 1);
		if (end <= at + 5 || end > parts.length) return undefined;
		if (parts[at] === TAG_FILE) return fileAttributes(parts.subarray(at + 5, end));
		at = end;
	}
	return undefined;
}

function fileAttributes(bytes: Buffer): ArmAttributes {
	const numbers = new Map<number, number>();
	const cursor = { at: 0 };
	while (cursor.at < bytes.length) {
		const tag = readUleb(bytes, cursor);
		if (tag === TAG_COMPATIBILITY) readUleb(bytes, cursor);
		if (isText(tag)) skipText(bytes, cursor);
		else numbers.set(tag, readUleb(bytes, cursor));
	}
	const architecture = numbers.get(TAG_CPU_ARCH);
	const level = architecture === LEVEL_9A ? 9 : LEVELS[architecture ?? -1];
	// 0: integer registers, or no floating point at all; 1: VFP registers; 3: fits both.
	const passing = numbers.get(TAG_ABI_VFP_ARGS) ?? 0;
	const floatAbi = passing === 1 ? "hard" : passing === 0 ? "soft" : undefined;
	return { level, floatAbi };
}

function isText(tag: number): boolean {
	if (tag === TAG_CPU_RAW_NAME || tag === TAG_CPU_NAME || tag === TAG_COMPATIBILITY) return true;
	return tag > TAG_COMPATIBILITY && tag % 2 === 1;
}

function readUleb(bytes: Buffer, cursor: { at: number }): number {
	let value = 0;
	for (let shift = 0; cursor.at < bytes.length; shift += 7) {
		const byte = bytes[cursor.at++]!;
		value += (byte & 0x7f) * 2 ** shift;
		if (byte < 0x80) break;
	}
	return value;
}

function skipText(bytes: Buffer, cursor: { at: number }): void {
	const end = bytes.indexOf(0, cursor.at);
	cursor.at = end < 0 ? bytes.length : end + 1;
}
