import type { ImageEntry, SquashfsImage, StoredExtent, StoredFragment } from "../../squashfs/read/index.js";

/** One name in an image, and what its data adds to the image. */
export interface WeighedEntry {
	readonly entry: ImageEntry;
	/**
	 * Bytes of the image that are its own: its compressed blocks, and its share of a fragment block
	 * by the bytes of its tail. 0 for what is stored under another name (`shared`), and for holes.
	 */
	readonly stored: number;
	/** A hard link to, or the same data as, a file that comes before it. */
	readonly shared: boolean;
}

/** A regular file, and what its data adds to the image. */
export type WeighedFile = WeighedEntry & { readonly entry: { readonly kind: "file" } };

export function isWeighedFile(weighed: WeighedEntry): weighed is WeighedFile {
	return weighed.entry.kind === "file";
}

/** A part of an image that is not a single file. */
export interface AccountRow {
	/** `files`, the name of a table, `padding`, `gaps` (alignment), or `unused fragments`. */
	readonly name: string;
	readonly bytes: number;
}

/** What an image consists of; `rows` add up to `size`. */
export interface ImageAccount {
	/** Bytes of the image file. */
	readonly size: number;
	readonly rows: readonly AccountRow[];
	/** Every name in the order of the image; their `stored` bytes add up to the row `files`. */
	readonly entries: readonly WeighedEntry[];
}

/** A stretch of the image, and whose account it is charged to: a file, a fragment block, or a row. */
interface Stretch {
	readonly start: number;
	readonly end: number;
	readonly account: Account;
}

interface Account {
	stored: number;
}

/**
 * Returns the account of an image: every byte of it belongs to one file, table or gap. Stretches
 * that overlap, which only a hostile image has, are charged to the one that begins first.
 * @param size bytes of the file that holds the image.
 * @throws SquashfsError ERR_SQUASHFS_FORMAT or ERR_SQUASHFS_LIMIT where the image is damaged.
 */
export function accountImage(image: SquashfsImage, size: number): ImageAccount {
	const ledger = new Ledger(image.fragments());
	for (const entry of image.entries()) ledger.add(entry);
	const rows = new Map<string, Account>();
	const row = (name: string): Account => {
		const account = rows.get(name) ?? { stored: 0 };
		rows.set(name, account);
		return account;
	};
	const regions = image.regions().map(({ name, start, end }) => ({ start, end, account: row(name) }));
	const padding = { start: image.superblock.bytesUsed, end: size, account: row("padding") };
	chargeStretches([...ledger.stretches(), ...regions, padding], size, row("gaps"));
	const entries = ledger.finish();
	row("unused fragments").stored += ledger.unused();
	const files = { name: "files", bytes: entries.reduce((sum, { stored }) => sum + stored, 0) };
	const used = [...rows].map(([name, { stored }]) => ({ name, bytes: stored }));
	return { size, entries, rows: [files, ...used.filter(({ bytes }) => bytes > 0)] };
}

/** Charges every byte from 0 to `size` once: to the first stretch that has it, or to the gaps. */
function chargeStretches(stretches: Stretch[], size: number, gaps: Account): void {
	let position = 0;
	// The sort is stable: of two that begin together the first one is charged.
	for (const { start, end, account } of stretches.sort((a, b) => a.start - b.start)) {
		const [from, to] = [Math.max(start, position), Math.min(end, size)];
		if (to <= from) continue;
		if (from > position) gaps.stored += from - position;
		account.stored += to - from;
		position = to;
	}
	if (size > position) gaps.stored += size - position;
}

type OpenEntry = { -readonly [K in keyof WeighedEntry]: WeighedEntry[K] };

/** Collects names, and shares the bytes of the image out among them. */
class Ledger {
	readonly #entries: OpenEntry[] = [];
	readonly #fragments: readonly StoredFragment[];
	readonly #fragmentBytes: readonly Account[];
	/** Tails that are distinct, in the order of the names: whose they are, their bytes and their fragment blocks. */
	readonly #tails: { readonly owners: OpenEntry[]; readonly sizes: number[]; readonly fragments: number[] } =
		{
			owners: [],
			sizes: [],
			fragments: [],
		};
	/** Bytes of the tails that begin at an offset of a fragment block; see `tailKey`. */
	readonly #offsets: Map<number, number> = new Map();
	/** Bytes of the tails of each fragment block. */
	readonly #totals: Float64Array;
	readonly #blocks: Stretch[] = [];
	readonly #inodes: Set<number> = new Set();
	/** Length of the blocks that begin at a position. */
	readonly #starts: Map<number, number> = new Map();

	constructor(fragments: readonly StoredFragment[]) {
		this.#fragments = fragments;
		this.#fragmentBytes = fragments.map(() => ({ stored: 0 }));
		this.#totals = new Float64Array(fragments.length);
	}

	add(entry: ImageEntry): void {
		const weighed = { entry, stored: 0, shared: false };
		this.#entries.push(weighed);
		if (entry.kind !== "file") return;
		// Two inodes with the same blocks and the same tail are one content that is stored once.
		const isNew = !this.#inodes.has(entry.number) && this.#addData(weighed, entry.content.stored());
		this.#inodes.add(entry.number);
		weighed.shared = entry.content.size > 0 && !isNew;
	}

	/** Returns whether any of the data is stored for this file first; holes are nobody's. */
	#addData(owner: OpenEntry, { start, length, words, tail }: StoredExtent): boolean {
		let isNew = length === 0 && words.length > 0;
		if (length > 0 && (this.#starts.get(start) ?? 0) < length) {
			isNew = true;
			this.#starts.set(start, length);
			this.#blocks.push({ start, end: start + length, account: owner });
		}
		return (tail !== undefined && this.#addTail(owner, tail)) || isNew;
	}

	#addTail(owner: OpenEntry, { fragment, offset, size }: NonNullable<StoredExtent["tail"]>): boolean {
		const key = tailKey(fragment, offset);
		if (fragment >= this.#totals.length || size === 0 || (this.#offsets.get(key) ?? 0) >= size) return false;
		this.#offsets.set(key, size);
		this.#tails.owners.push(owner);
		this.#tails.sizes.push(size);
		this.#tails.fragments.push(fragment);
		this.#totals[fragment]! += size;
		return true;
	}

	stretches(): Stretch[] {
		const fragments = this.#fragments.map(({ start, length }, i) => ({
			start,
			end: start + length,
			account: this.#fragmentBytes[i]!,
		}));
		return [...this.#blocks, ...fragments];
	}

	/** Returns the names; the bytes of each fragment block are shared out, none is lost to rounding. */
	finish(): readonly WeighedEntry[] {
		const { owners, sizes, fragments } = this.#tails;
		const [before, given] = [this.#totals.map(() => 0), this.#totals.map(() => 0)];
		for (const [i, owner] of owners.entries()) {
			const fragment = fragments[i]!;
			before[fragment]! += sizes[i]!;
			const part = before[fragment]! / this.#totals[fragment]!;
			const share = Math.floor(this.#fragmentBytes[fragment]!.stored * part) - given[fragment]!;
			owner.stored += share;
			given[fragment]! += share;
		}
		return this.#entries;
	}

	/** Returns the bytes of fragment blocks that no file has a tail in. */
	unused(): number {
		return this.#fragmentBytes.reduce((sum, { stored }, i) => sum + (this.#totals[i] === 0 ? stored : 0), 0);
	}
}

/** A number for an offset in a fragment block, which is at most 1 MiB; larger ones are hostile, and read nowhere. */
function tailKey(fragment: number, offset: number): number {
	return fragment * 2 ** 21 + Math.min(offset, 2 ** 21 - 1);
}
