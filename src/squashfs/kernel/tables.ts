import type { Content } from "../../ground/bytes/index.js";
import type { Finding } from "../../ground/findings/index.js";
import {
	FRAGMENT_ENTRY_SIZE,
	ID_ENTRY_SIZE,
	METADATA_BLOCK_SIZE,
	type Superblock,
	XATTR_HEADER_SIZE,
	XATTR_ID_SIZE,
} from "../format/index.js";
import { type KernelRuleId, kernelFinding } from "./rules.js";

/** Largest step from one block of a table to the next: a full block stored raw, with its header. */
const LARGEST_STEP = METADATA_BLOCK_SIZE + 2;
const EXPORT_ENTRY_SIZE = 8;
/** Blocks of an index that are read at a time. */
const INDEX_LIMIT = 1 << 24;

/**
 * Checks the positions of the tables as kernels do when they mount: each ends exactly where the next one begins,
 * from the end of the image backwards. Stops at the first wrong table, as kernels do.
 */
export function checkTables(image: Content, superblock: Superblock, subject: string): Finding[] {
	const walk = new TableWalk(image, superblock.bytesUsed);
	const broken = walk.findBreach(superblock);
	return broken === undefined ? [] : [kernelFinding(broken[0], subject, broken[1])];
}

type Breach = readonly [rule: KernelRuleId, reason: string];

class TableWalk {
	readonly #image: Content;
	/** Position of the table after the one that is checked. */
	#next: number;

	constructor(image: Content, bytesUsed: number) {
		this.#image = image;
		this.#next = bytesUsed;
	}

	findBreach(superblock: Superblock): Breach | undefined {
		return (
			this.#xattrs(superblock) ??
			this.#ids(superblock) ??
			this.#exports(superblock) ??
			this.#fragments(superblock) ??
			this.#rest(superblock)
		);
	}

	#xattrs({ xattrTable }: Superblock): Breach | undefined {
		if (xattrTable === undefined) return undefined;
		const breach = (reason: string): Breach => ["IMAGE_XATTR_INDEX", `extended attributes: ${reason}`];
		const header = this.#read(xattrTable, XATTR_HEADER_SIZE);
		if (header === undefined) return breach("their header is not in the image");
		const start = Number(header.readBigUInt64LE(0));
		const count = header.readUInt32LE(8);
		if (count === 0) return breach("expected at least one set");
		const first = xattrTable + XATTR_HEADER_SIZE;
		const starts = this.#index(first, count * XATTR_ID_SIZE, xattrTable);
		if (typeof starts === "string") return breach(starts);
		if (first + 8 * starts.length !== this.#next)
			return breach(`their index ends at ${first + 8 * starts.length}, expected ${this.#next}`);
		if (start >= starts[0]!) return breach("they begin after their index");
		this.#next = start;
		return undefined;
	}

	#ids({ ids, idTable }: Superblock): Breach | undefined {
		return this.#exact("IMAGE_ID_INDEX", "owners", idTable, ids * ID_ENTRY_SIZE);
	}

	#exports({ inodes, exportTable }: Superblock): Breach | undefined {
		if (exportTable === undefined) return undefined;
		return this.#exact("IMAGE_EXPORT_INDEX", "export table", exportTable, inodes * EXPORT_ENTRY_SIZE);
	}

	/** Checks a table whose index fills the space up to the next table. */
	#exact(rule: KernelRuleId, what: string, start: number, bytes: number): Breach | undefined {
		const starts = this.#index(start, bytes, start);
		if (typeof starts === "string") return [rule, `${what}: ${starts}`];
		const end = start + 8 * starts.length;
		if (end !== this.#next) return [rule, `${what}: its index ends at ${end}, expected ${this.#next}`];
		this.#next = starts[0]!;
		return undefined;
	}

	#fragments({ fragments, fragmentTable }: Superblock): Breach | undefined {
		if (fragments === 0) return undefined;
		const breach = (reason: string): Breach => ["IMAGE_FRAGMENT_INDEX", `fragments: ${reason}`];
		if (fragmentTable === undefined) return breach("expected a table");
		const blocks = Math.ceil((fragments * FRAGMENT_ENTRY_SIZE) / METADATA_BLOCK_SIZE);
		if (fragmentTable + 8 * blocks > this.#next) return breach("their index runs into the next table");
		const index = this.#read(fragmentTable, 8);
		if (index === undefined) return breach("their index is not in the image");
		const first = Number(index.readBigUInt64LE(0));
		if (first >= fragmentTable) return breach("they begin after their index");
		this.#next = first;
		return undefined;
	}

	#rest({ directoryTable, inodeTable }: Superblock): Breach | undefined {
		// An empty directory has no listing: if it is the only one, the directory table has no bytes.
		if (directoryTable > this.#next) {
			return [
				"IMAGE_TABLES",
				`directories begin at ${directoryTable}, expected them at ${this.#next} or before`,
			];
		}
		if (inodeTable >= directoryTable) return ["IMAGE_TABLES", "inodes begin after the directories"];
		return undefined;
	}

	/**
	 * Returns the positions of a table's blocks, or what is wrong with them. @param end latest end of the last
	 * block.
	 */
	#index(start: number, bytes: number, end: number): number[] | string {
		const count = Math.ceil(bytes / METADATA_BLOCK_SIZE);
		if (count === 0) return "expected at least one entry";
		const index = count * 8 > INDEX_LIMIT ? undefined : this.#read(start, 8 * count);
		if (index === undefined) return `its index of ${count} blocks is not in the image`;
		const starts = Array.from({ length: count }, (_, i) => Number(index.readBigUInt64LE(8 * i)));
		for (const [i, at] of starts.entries()) {
			const next = starts[i + 1] ?? end;
			if (at >= next || next - at > LARGEST_STEP) {
				return `block ${i} begins at ${at}, expected it at most ${LARGEST_STEP} bytes before ${next}`;
			}
		}
		return starts;
	}

	#read(position: number, length: number): Buffer | undefined {
		if (!(position >= 0 && position + length <= this.#image.size)) return undefined;
		const bytes = Buffer.alloc(length);
		this.#image.read(bytes, position);
		return bytes;
	}
}
