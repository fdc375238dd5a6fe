import type { ImageEntry, SquashfsImage, StoredExtent, StoredFragment } from "../../squashfs/read/index.js";

/** A part of an image that is not a single file. */
export interface AccountRow {
	/** `files`, the name of a table, `padding`, `gaps` (alignment), or `unused fragments`. */
	readonly name: string;
	readonly bytes: number;
}

/** The parts of an image; `rows` add up to `size`. */
export interface ImageAccount {
	/** Bytes of the image file. */
	readonly size: number;
	readonly rows: readonly AccountRow[];
	/**
	 * Bytes of the image for each name, in the order of the image: its compressed blocks, and its share of a
	 * fragment block by the bytes of its tail. 0 for holes, and for content that is stored under an earlier name.
	 * They add up to the row `files`.
	 */
	readonly stored: readonly number[];
}

/** A stretch of the image, and the account that is charged for it: of a file, a fragment block, or a row. */
interface Stretch {
	readonly start: number;
	readonly end: number;
	readonly account: Account;
}

interface Account {
	stored: number;
}

/** Charges every byte from 0 to `size` once: to the first stretch that contains it, or to the gaps. */
function chargeStretches(stretches: Stretch[], size: number, gaps: Account): void {
	let position = 0;
	// The sort is stable: if two stretches begin together, the first one is charged.
	for (const { start, end, account } of stretches.sort((a, b) => a.start - b.start)) {
		const [from, to] = [Math.max(start, position), Math.min(end, size)];
		if (to <= from) continue;
		if (from > position) gaps.stored += from - position;
		account.stored += to - from;
		position = to;
	}
	if (size > position) gaps.stored += size - position;
}

/** The blocks of a file, and the account that is charged for them. */
interface OwnedBlocks extends Stretch {
	/** Index of the name. */
	readonly owner: number;
	readonly account: Account;
}

/** Distinct tails, in the order of the names. */
interface Tails {
	/** Indexes of the names that they belong to. */
	readonly owners: number[];
	/** Bytes of each tail. */
	readonly sizes: number[];
	/** Index of the fragment block of each tail. */
	readonly fragments: number[];
}

/**
 * Makes the account of an image from its names: every byte belongs to one name, table or gap. If stretches
 * overlap, as only in a hostile image, the one that begins first is charged.
 */
export class Ledger {
	readonly #image: SquashfsImage;
	readonly #fragments: readonly StoredFragment[];
	readonly #fragmentBytes: readonly Account[];
	readonly #tails: Tails = { owners: [], sizes: [], fragments: [] };
	/** Bytes of the longest tail at each offset of a fragment block, by `tailKey`. */
	readonly #offsets: Map<number, number> = new Map();
	/** Bytes of all tails of each fragment block. */
	readonly #totals: Float64Array;
	readonly #blocks: OwnedBlocks[] = [];
	/** Length of the blocks that begin at a position. */
	readonly #starts: Map<number, number> = new Map();
	#names = 0;

	constructor(image: SquashfsImage) {
		this.#image = image;
		this.#fragments = image.fragments();
		this.#fragmentBytes = this.#fragments.map(() => ({ stored: 0 }));
		this.#totals = new Float64Array(this.#fragments.length);
	}

	/** Adds the next name of the image. @returns its index. */
	add(entry: ImageEntry): number {
		const index = this.#names++;
		if (entry.kind !== "file") return index;
		// Names of one inode, and inodes with equal blocks and equal tails, are one content that is stored once.
		const { start, length, tail } = entry.content.stored();
		if (length > 0) this.#addBlocks(index, start, length);
		if (tail !== undefined) this.#addTail(index, tail);
		return index;
	}

	#addBlocks(owner: number, start: number, length: number): void {
		if ((this.#starts.get(start) ?? 0) >= length) return;
		this.#starts.set(start, length);
		this.#blocks.push({ owner, start, end: start + length, account: { stored: 0 } });
	}

	#addTail(owner: number, { fragment, offset, size }: NonNullable<StoredExtent["tail"]>): void {
		const key = tailKey(fragment, offset);
		if (fragment >= this.#totals.length || size === 0 || (this.#offsets.get(key) ?? 0) >= size) return;
		this.#offsets.set(key, size);
		this.#tails.owners.push(owner);
		this.#tails.sizes.push(size);
		this.#tails.fragments.push(fragment);
		this.#totals[fragment]! += size;
	}

	/** @param size bytes of the file that holds the image. @throws SquashfsError if its tables are damaged. */
	close(size: number): ImageAccount {
		const rows = new Map<string, Account>();
		const row = (name: string): Account => {
			const account = rows.get(name) ?? { stored: 0 };
			rows.set(name, account);
			return account;
		};
		const regions = this.#image.regions().map(({ name, start, end }) => ({ start, end, account: row(name) }));
		const padding = { start: this.#image.superblock.bytesUsed, end: size, account: row("padding") };
		const fragments = this.#fragments.map(({ start, length }, i) => {
			return { start, end: start + length, account: this.#fragmentBytes[i]! };
		});
		chargeStretches([...this.#blocks, ...fragments, ...regions, padding], size, row("gaps"));
		row("unused fragments").stored += this.#unused();
		const stored = this.#shareOut();
		const files = { name: "files", bytes: stored.reduce((sum, bytes) => sum + bytes, 0) };
		const used = [...rows].map(([name, account]) => ({ name, bytes: account.stored }));
		return { size, stored, rows: [files, ...used.filter(({ bytes }) => bytes > 0)] };
	}

	/**
	 * Returns the bytes of each name. The bytes of fragment blocks are divided among tails without rounding
	 * losses.
	 */
	#shareOut(): number[] {
		const stored = new Array<number>(this.#names).fill(0);
		for (const { owner, account } of this.#blocks) stored[owner]! += account.stored;
		const { owners, sizes, fragments } = this.#tails;
		const [before, given] = [this.#totals.map(() => 0), this.#totals.map(() => 0)];
		for (const [i, owner] of owners.entries()) {
			const fragment = fragments[i]!;
			before[fragment]! += sizes[i]!;
			const part = before[fragment]! / this.#totals[fragment]!;
			const share = Math.floor(this.#fragmentBytes[fragment]!.stored * part) - given[fragment]!;
			stored[owner]! += share;
			given[fragment]! += share;
		}
		return stored;
	}

	/** Returns the bytes of fragment blocks without tails. */
	#unused(): number {
		return this.#fragmentBytes.reduce((sum, { stored }, i) => sum + (this.#totals[i] === 0 ? stored : 0), 0);
	}
}

/**
 * Returns a key for an offset in a fragment block. A block has at most 1 MiB; larger offsets are hostile, and
 * never read.
 */
function tailKey(fragment: number, offset: number): number {
	return fragment * 2 ** 21 + Math.min(offset, 2 ** 21 - 1);
}
