import { type ByteString, displayByteString } from "../../ground/bytes/index.js";
import { damaged, ENTRY_SIZE, type MetadataPosition, RUN_HEADER_SIZE, RUN_LIMIT } from "../format/index.js";
import type { DirectoryIndex } from "./directory-index.js";
import type { MetadataCursor } from "./metadata-reader.js";

/** An entry of a listing, as it is read. */
export interface ListedName {
	readonly name: ByteString;
	readonly inode: MetadataPosition;
	readonly number: number;
	/** Basic inode type. */
	readonly type: number;
}

/** Some writers leave the two entries that are not stored out of the size: kernels read the last run whole. */
const UNSTORED_SIZE = 3;

/**
 * Reads the `size` bytes of a listing; the last run may go beyond them by the size of "." and "..".
 * @param index the directory's, where it has one.
 * @throws SquashfsError ERR_SQUASHFS_FORMAT for a bad name, names out of order, bytes left over, or an index of another
 *   listing.
 */
export function* readListing(
	cursor: MetadataCursor,
	size: number,
	index: DirectoryIndex | undefined,
): Generator<ListedName> {
	let rest = size;
	let last: ByteString | undefined;
	while (rest > 0) {
		const run = { offset: size - rest, position: cursor.position, before: last };
		rest = take(rest, RUN_HEADER_SIZE);
		const count = cursor.u32() + 1;
		const block = cursor.u32();
		const first = cursor.u32();
		if (count > RUN_LIMIT) throw damaged("directory", `expected at most ${RUN_LIMIT} entries, got ${count}`);
		for (let i = 0; i < count; i++) {
			const offset = cursor.u16();
			const number = first + cursor.i16();
			const type = cursor.u16();
			const length = cursor.u16() + 1;
			rest = take(rest, ENTRY_SIZE + length);
			const name = cursor.name(length);
			checkName(name, last);
			if (i === 0) index?.pass({ ...run, first: name });
			last = name;
			yield { name, inode: { block, offset }, number, type };
		}
		if (rest < 0 && rest !== -UNSTORED_SIZE)
			throw damaged("directory", `expected its last run to end with it, got ${-rest} bytes more`);
	}
	index?.finish();
}

function take(rest: number, count: number): number {
	if (count > rest + UNSTORED_SIZE) throw damaged("directory", `expected ${count} more bytes, got ${rest}`);
	return rest - count;
}

function checkName(name: ByteString, last: ByteString | undefined): void {
	if (name === "." || name === ".." || name.length > 255 || /[/\0]/.test(name)) {
		throw damaged("directory", `${displayByteString(name)}: expected a file name`);
	}
	if (last !== undefined && last >= name) {
		throw damaged("directory", `${displayByteString(name)}: expected it before ${displayByteString(last)}`);
	}
}
