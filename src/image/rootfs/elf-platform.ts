import { ELF_ARM, type ElfHeader } from "./elf.js";

interface Expectation {
	readonly machine: number;
	readonly bits: 32 | 64;
	readonly endianness: "little" | "big";
}

/** What ELF files of an architecture look like; by Go's names. */
const EXPECTATIONS: Readonly<Record<string, Expectation>> = {
	"386": { machine: 3, bits: 32, endianness: "little" },
	amd64: { machine: 62, bits: 64, endianness: "little" },
	arm: { machine: ELF_ARM, bits: 32, endianness: "little" },
	arm64: { machine: 183, bits: 64, endianness: "little" },
	loong64: { machine: 258, bits: 64, endianness: "little" },
	mips: { machine: 8, bits: 32, endianness: "big" },
	mipsle: { machine: 8, bits: 32, endianness: "little" },
	mips64: { machine: 8, bits: 64, endianness: "big" },
	mips64le: { machine: 8, bits: 64, endianness: "little" },
	ppc64: { machine: 21, bits: 64, endianness: "big" },
	ppc64le: { machine: 21, bits: 64, endianness: "little" },
	riscv64: { machine: 243, bits: 64, endianness: "little" },
	s390x: { machine: 22, bits: 64, endianness: "big" },
};

const MACHINE_NAMES: Readonly<Record<number, string>> = {
	3: "x86",
	8: "MIPS",
	21: "PowerPC",
	22: "S/390",
	40: "ARM",
	62: "x86-64",
	183: "AArch64",
	243: "RISC-V",
	258: "LoongArch",
};

/** Of e_flags, where the build attributes are stripped. */
const ARM_FLAG_HARD_FLOAT = 0x400;

/** What a 64-bit device runs besides its own code, where the kernel has support for 32-bit programs. */
const COMPATIBLE: Readonly<Record<string, { readonly architecture: string; readonly level: number }>> = {
	arm64: { architecture: "arm", level: 8 },
	amd64: { architecture: "386", level: 0 },
};

/** How an ELF file does not suit a device. */
export interface ElfMismatch {
	/** `compat`: it runs where the kernel has support for 32-bit programs. */
	readonly kind: "foreign" | "compat";
	/** What the file is, in words. */
	readonly got: string;
}

export function isCheckedArchitecture(architecture: string): boolean {
	return Object.hasOwn(EXPECTATIONS, architecture);
}

/**
 * Returns how an ELF file does not suit devices of a checked architecture; undefined when it does.
 * @param variant of ARM, `v5` to `v8`: code of a higher level, and on v5 (which has no floating
 *   point unit for certain) code with hardware floats, does not fit.
 */
export function elfMismatch(elf: ElfHeader, architecture: string, variant: string): ElfMismatch | undefined {
	const got = foreignCode(elf, architecture, Number(variant.slice(1)));
	if (got === undefined) return undefined;
	const other = Object.hasOwn(COMPATIBLE, architecture) ? COMPATIBLE[architecture] : undefined;
	if (other === undefined || !isCodeOf(elf, other.architecture)) return { kind: "foreign", got };
	const tooHigh = foreignCode(elf, other.architecture, other.level);
	return tooHigh === undefined ? { kind: "compat", got } : { kind: "foreign", got: tooHigh };
}

function foreignCode(elf: ElfHeader, architecture: string, level: number): string | undefined {
	if (isCodeOf(elf, architecture)) return elf.machine === ELF_ARM ? armMismatch(elf, level) : undefined;
	const { machine, bits, endianness } = elf;
	return `${MACHINE_NAMES[machine] ?? `machine ${machine}`}, ${bits} bits, ${endianness}-endian`;
}

function isCodeOf({ machine, bits, endianness }: ElfHeader, architecture: string): boolean {
	const expected = EXPECTATIONS[architecture]!;
	return machine === expected.machine && bits === expected.bits && endianness === expected.endianness;
}

function armMismatch({ flags, arm }: ElfHeader, level: number): string | undefined {
	if (arm?.level !== undefined && arm.level > level) return `code for ARM v${arm.level}`;
	const hard = arm?.floatAbi === "hard" || (flags & ARM_FLAG_HARD_FLOAT) !== 0;
	return hard && level < 6 ? "ARM code with the hard-float ABI" : undefined;
}
