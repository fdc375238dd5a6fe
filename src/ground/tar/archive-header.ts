const BLOCK_SIZE = 512;
/** A size field of eleven octal digits holds less than this: 8 GiB. */
const SIZE_LIMIT = 2 ** 33;

export interface ArchiveMember {
	/** At most 100 bytes, printable ASCII. */
	readonly name: string;
	/** Bytes, below 8 GiB. */
	readonly size: number;
	/** Permission bits. */
	readonly mode: number;
}

/**
 * The header block of a regular file as Go's tar writer makes it in USTAR form, with no owner
 * and no time (docs/formats/pvr.md#the-archive).
 * @throws RangeError for what USTAR cannot hold.
 */
export function encodeArchiveHeader({ name, size, mode }: ArchiveMember): Buffer {
	if (name.length > 100 || !/^[\x20-\x7e]+$/.test(name)) throw new RangeError(`tar member name: ${name}`);
	if (!(size >= 0 && size < SIZE_LIMIT)) throw new RangeError(`tar member size: ${size}`);
	const header = Buffer.alloc(BLOCK_SIZE);
	const octal = (value: number, offset: number, digits: number): void => {
		header.write(value.toString(8).padStart(digits, "0"), offset, "latin1");
	};
	header.write(name, 0, "latin1");
	octal(mode, 100, 7);
	octal(0, 108, 7);
	octal(0, 116, 7);
	octal(size, 124, 11);
	octal(0, 136, 11);
	header.write("        0", 148, "latin1");
	header.write("ustar\x0000", 257, "latin1");
	octal(0, 329, 7);
	octal(0, 337, 7);
	octal(
		header.reduce((sum, byte) => sum + byte, 0),
		148,
		6,
	);
	header.write("\0 ", 154, "latin1");
	return header;
}

/** Zeros that fill a member's last block. */
export function archivePadding(size: number): Buffer {
	return Buffer.alloc((BLOCK_SIZE - (size % BLOCK_SIZE)) % BLOCK_SIZE);
}

/** What an archive ends with: two blocks of zeros. */
export function archiveEnd(): Buffer {
	return Buffer.alloc(2 * BLOCK_SIZE);
}
