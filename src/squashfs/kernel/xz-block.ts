import { isKernelFilter } from "./demands.js";

/** What an .xz stream of an image needs from the kernel's decoder. */
export interface XzDemands {
	/** Id of the check; kernels support 0, none, and 1, CRC32. */
	readonly check: number;
	/** Size of the dictionary in bytes. */
	readonly dictionary: number;
	/** Ids of the filters before LZMA2. */
	readonly filters: readonly number[];
	/** Whether a branch filter does not begin at 0, which kernels refuse. */
	readonly hasOffset: boolean;
}

const STREAM_HEADER_SIZE = 12;
const LZMA2 = 0x21;

/**
 * Reads the headers of an .xz stream of one block (.xz file format 1.2.0, sections 2.1.1 and 3.1). The decoder has
 * checked, or will check, that they are valid.
 * @returns undefined for malformed ones.
 */
export function readXzDemands(block: Uint8Array): XzDemands | undefined {
	const size = 4 * ((block[STREAM_HEADER_SIZE] ?? 0) + 1);
	if (size === 4 || block.length < STREAM_HEADER_SIZE + size) return undefined;
	const flags = block[STREAM_HEADER_SIZE + 1]!;
	const fields = new Fields(block.subarray(STREAM_HEADER_SIZE + 2, STREAM_HEADER_SIZE + size - 4));
	if (flags & 0x40) fields.integer();
	if (flags & 0x80) fields.integer();
	const filters: number[] = [];
	let hasOffset = false;
	for (let i = 0; i <= (flags & 3); i++) {
		const id = fields.integer();
		const properties = fields.bytes(fields.integer());
		if (id === undefined || properties === undefined) return undefined;
		if (i === (flags & 3)) {
			if (id !== LZMA2 || properties.length !== 1) return undefined;
			return { check: block[7]!, dictionary: dictionarySize(properties[0]!), filters, hasOffset };
		}
		filters.push(id);
		hasOffset ||= properties.length > 0;
	}
	return undefined;
}

/** A rule that a block breaks, and how. */
interface XzProblem {
	readonly rule: "IMAGE_XZ_CHECK" | "IMAGE_XZ_DICTIONARY" | "IMAGE_XZ_FILTER";
	readonly reason: string;
}

/** Returns why kernels refuse a block. @param most the largest dictionary that they have room for, in bytes. */
export function judgeXzDemands(
	{ check, dictionary, filters, hasOffset }: XzDemands,
	most: number,
): XzProblem[] {
	const problems: XzProblem[] = [];
	const add = (rule: XzProblem["rule"], reason: string): void => void problems.push({ rule, reason });
	if (check > 1) {
		add("IMAGE_XZ_CHECK", `xz check ${check}, expected CRC32 or none: kernels answer reads with an error`);
	}
	if (dictionary > most) {
		const reason = `xz dictionary of ${dictionary} bytes, expected at most ${most}: kernels answer reads with an error`;
		add("IMAGE_XZ_DICTIONARY", reason);
	}
	const unknown = filters.find((id) => !isKernelFilter(id));
	if (unknown !== undefined) add("IMAGE_XZ_FILTER", `xz filter ${unknown}, which kernels do not have`);
	else if (filters.length > 1)
		add("IMAGE_XZ_FILTER", `${filters.length} xz filters, expected at most one before LZMA2`);
	else if (hasOffset) add("IMAGE_XZ_FILTER", "an xz filter with a start offset, which kernels do not take");
	return problems;
}

/** Returns the size of a dictionary in bytes (section 5.3.1). */
function dictionarySize(bits: number): number {
	return (2 | (bits & 1)) * 2 ** ((bits >> 1) + 11);
}

class Fields {
	readonly #bytes: Uint8Array;
	#at = 0;

	constructor(bytes: Uint8Array) {
		this.#bytes = bytes;
	}

	/** Reads an integer of variable length (section 1.2). */
	integer(): number | undefined {
		let value = 0;
		for (let scale = 1; scale < 2 ** 49; scale *= 128) {
			const byte = this.#bytes[this.#at++];
			if (byte === undefined) return undefined;
			value += (byte & 127) * scale;
			if (byte < 128) return value;
		}
		return undefined;
	}

	bytes(length: number | undefined): Uint8Array | undefined {
		if (length === undefined || this.#at + length > this.#bytes.length) return undefined;
		this.#at += length;
		return this.#bytes.subarray(this.#at - length, this.#at);
	}
}
