import type { ByteString } from "../bytes/index.js";
import type { Extent } from "./entry.js";
import { TarFault } from "./errors.js";
import { decodeNumberField } from "./number-field.js";
import type { PaxRecords } from "./pax.js";

/** A sparse file: its size as readers see it, and where its data lies. */
export interface SparseMap {
	readonly size: number;
	readonly extents: readonly Extent[];
}

/** How a pax header says "sparse" (GNU tar manual, "Storing Sparse Files"). */
export type SparseForm = "none" | "map in records" | "map in body";

export function paxSparseForm(records: PaxRecords): SparseForm {
	const major = record(records, "GNU.sparse.major");
	const minor = record(records, "GNU.sparse.minor");
	if (major === "1" && minor === "0") return "map in body";
	if (major !== undefined && !(major === "0" && (minor === "0" || minor === "1"))) {
		throw new TarFault("ERR_TAR_SPARSE", `sparse map: unknown version ${major}.${minor}`);
	}
	const named = records.sparseNumbers.length > 0 || record(records, "GNU.sparse.map") !== undefined;
	return major !== undefined || named || record(records, "GNU.sparse.size") ? "map in records" : "none";
}

/** Forms 0.0 (repeated records) and 0.1 (one comma list). */
export function decodeSparseRecords(records: PaxRecords): SparseMap {
	const list = record(records, "GNU.sparse.map");
	const numbers = (list === undefined ? records.sparseNumbers : list.split(",")).map(decimal);
	const count = record(records, "GNU.sparse.numblocks");
	if (count !== undefined && decimal(count) * 2 !== numbers.length) {
		throw new TarFault("ERR_TAR_SPARSE", `sparse map: expected ${count} extents, got ${numbers.length / 2}`);
	}
	return { size: sparseSize(records), extents: pairExtents(numbers) };
}

/** Form 1.0: a count and then pairs, one decimal a line, in front of the data. */
export class SparseMapText {
	#lines: string[] = [];
	#tail = "";

	/** Takes the next block of the body; true when the map is whole. */
	append(block: ByteString): boolean {
		const lines = (this.#tail + block).split("\n");
		this.#tail = lines.pop()!;
		this.#lines.push(...lines);
		return this.#lines.length > 0 && this.#lines.length > 2 * decimal(this.#lines[0]!);
	}

	decode(records: PaxRecords): SparseMap {
		const numbers = this.#lines.slice(1, 1 + 2 * decimal(this.#lines[0]!)).map(decimal);
		return { size: sparseSize(records), extents: pairExtents(numbers) };
	}
}

/** Old GNU form: four extents in the header, 21 in each extension block, then the size. */
export class OldSparseMap {
	readonly #extents: Extent[] = [];
	readonly size: number;
	#more: boolean;

	constructor(header: Uint8Array) {
		this.size = decodeNumberField(header, 483, 12, "sparse size");
		if (this.size < 0) {
			throw new TarFault("ERR_TAR_SPARSE", `size of the file: expected at least 0, got ${this.size}`);
		}
		this.#append(header, 386, 4);
		this.#more = header[482] !== 0;
	}

	/** Whether an extension block follows. */
	get more(): boolean {
		return this.#more;
	}

	get extents(): readonly Extent[] {
		return this.#extents;
	}

	extend(block: Uint8Array): void {
		this.#append(block, 0, 21);
		this.#more = block[504] !== 0;
	}

	#append(block: Uint8Array, start: number, count: number): void {
		for (let at = start; at < start + 24 * count && block[at] !== 0; at += 24) {
			this.#extents.push({
				offset: decodeNumberField(block, at, 12, "sparse offset"),
				length: decodeNumberField(block, at + 12, 12, "sparse length"),
			});
		}
	}
}

/**
 * Checks that extents are in order, inside the file, and that the stored data suffices.
 * @returns the extents that hold data, and how many bytes of it they take.
 */
export function checkExtents(
	{ size, extents }: SparseMap,
	stored: number,
): { readonly extents: readonly Extent[]; readonly used: number } {
	let end = 0;
	let used = 0;
	for (const { offset, length } of extents) {
		const sound = offset >= end && length >= 0 && offset + length <= size;
		if (!sound) throw new TarFault("ERR_TAR_SPARSE", `sparse map: extent ${offset}+${length} out of place`);
		end = offset + length;
		used += length;
	}
	if (used > stored) {
		throw new TarFault("ERR_TAR_SPARSE", `sparse map: expected ${used} bytes of data, got ${stored}`);
	}
	return { extents: extents.filter(({ length }) => length > 0), used };
}

function pairExtents(numbers: readonly number[]): Extent[] {
	if (numbers.length % 2 !== 0) throw new TarFault("ERR_TAR_SPARSE", "sparse map: odd count of numbers");
	const extents: Extent[] = [];
	for (let i = 0; i < numbers.length; i += 2) extents.push({ offset: numbers[i]!, length: numbers[i + 1]! });
	return extents;
}

function sparseSize(records: PaxRecords): number {
	const size = record(records, "GNU.sparse.realsize") ?? record(records, "GNU.sparse.size");
	if (size === undefined) throw new TarFault("ERR_TAR_SPARSE", "sparse map: no size of the file");
	return decimal(size);
}

function decimal(text: string): number {
	if (!/^\d{1,16}$/.test(text)) {
		throw new TarFault(
			"ERR_TAR_SPARSE",
			`sparse map: expected a number, got ${JSON.stringify(text.slice(0, 40))}`,
		);
	}
	return Number(text);
}

function record(records: PaxRecords, keyword: string): string | undefined {
	return records.values.get(keyword as ByteString);
}
