import { type ByteString, type Content, displayByteString } from "../bytes/index.js";
import type { TarEntryKind } from "./entry.js";
import { decodeEntryFields, type Extensions, entryPath, storedSize } from "./entry-fields.js";
import { TarError, TarFault } from "./errors.js";
import { BLOCK_SIZE, decodeHeader, type Header, isZeroBlock, textField } from "./header.js";
import { decodePaxRecords, NO_RECORDS } from "./pax.js";

/** Where a member's data lies in an archive. */
export interface TarMember {
	readonly kind: TarEntryKind;
	/** As written. */
	readonly path: ByteString;
	/** Link target of symlinks and hard links, else empty. */
	readonly linkPath: ByteString;
	/** Byte offset of the data. */
	readonly position: number;
	/** Bytes of data. */
	readonly size: number;
}

export interface MemberTableOptions {
	/** Most members; default 2^16, a hundred times what an image archive has. */
	readonly maximumMembers?: number | undefined;
}

/** Most bytes of an extension header. */
const MAXIMUM_EXTENSION = 1 << 20;

/**
 * Yields the members of an uncompressed archive that can be read at any position, without reading their data: for
 * archives that are containers of blobs. Each is read when it is asked for, so that the caller can stop early.
 * Sparse members are refused, as their data is not in one piece.
 * @throws TarError
 */
export function* listMembers(content: Content, options: MemberTableOptions = {}): Generator<TarMember> {
	const maximum = options.maximumMembers ?? 1 << 16;
	let last: TarMember | undefined;
	let position = 0;
	try {
		for (let count = 0; ; count++) {
			const found = readMember(content, position);
			if (found === undefined) return;
			if (count >= maximum) {
				throw new TarFault("ERR_TAR_LIMIT", `archive: expected at most ${maximum} members`);
			}
			yield found;
			last = found;
			position = padded(found.position + found.size);
		}
	} catch (cause) {
		if (!(cause instanceof TarFault)) throw cause;
		const after = last === undefined ? "" : ` after ${displayByteString(last.path)}`;
		throw new TarError(cause.code, `tar member at byte ${position}${after}: read: ${cause.message}`);
	}
}

/** Returns all members of such an archive. @throws TarError */
export function readMemberTable(content: Content, options: MemberTableOptions = {}): TarMember[] {
	return [...listMembers(content, options)];
}

/** The member whose first header, extensions included, is at `start`; `undefined` at the end. */
function readMember(content: Content, start: number): TarMember | undefined {
	const extensions: Extensions = { pax: NO_RECORDS, longPath: undefined, longLinkPath: undefined };
	for (let at = start; ; ) {
		const block = readBlock(content, at);
		if (block === undefined) {
			if (at === start) return undefined;
			throw new TarFault("ERR_TAR_PAX", "extension header: no member follows");
		}
		const header = decodeHeader(block);
		if (!"xXLKgV".includes(header.type)) return tableRow(content, header, block, extensions, at);
		extend(extensions, header.type, readExtension(content, header.size, at + BLOCK_SIZE));
		at = padded(at + BLOCK_SIZE + header.size);
	}
}

function tableRow(
	content: Content,
	header: Header,
	block: Uint8Array,
	extensions: Extensions,
	at: number,
): TarMember {
	const { kind, linkPath } = decodeEntryFields(header, block, extensions, () => {});
	const size = storedSize(header, extensions);
	const sparse =
		header.type === "S" || [...extensions.pax.values.keys()].some((key) => key.startsWith("GNU.sparse."));
	if (sparse) throw new TarFault("ERR_TAR_SPARSE", "a sparse member cannot be read in place");
	if (at + BLOCK_SIZE + size > content.size) {
		const missing = at + BLOCK_SIZE + size - content.size;
		throw new TarFault("ERR_TAR_TRUNCATED", `archive ends in a member's data, ${missing} bytes are missing`);
	}
	return { kind, path: entryPath(header, extensions), linkPath, position: at + BLOCK_SIZE, size };
}

/** A header block; `undefined` at the end of the archive. */
function readBlock(content: Content, at: number): Uint8Array | undefined {
	if (at === content.size) return undefined;
	if (at + BLOCK_SIZE > content.size) throw new TarFault("ERR_TAR_TRUNCATED", "archive ends in a header");
	const block = new Uint8Array(BLOCK_SIZE);
	content.read(block, at);
	return block[0] === 0 && isZeroBlock(block) ? undefined : block;
}

function readExtension(content: Content, size: number, at: number): Uint8Array {
	if (size < 0 || size > MAXIMUM_EXTENSION) {
		const reason = `extension header: expected at most ${MAXIMUM_EXTENSION} bytes, got ${size}`;
		throw new TarFault("ERR_TAR_LIMIT", reason);
	}
	if (at + size > content.size)
		throw new TarFault("ERR_TAR_TRUNCATED", "archive ends in an extension header");
	const bytes = new Uint8Array(size);
	content.read(bytes, at);
	return bytes;
}

function extend(extensions: Extensions, type: string, body: Uint8Array): void {
	if (type === "L") extensions.longPath = textField(body, 0, body.length);
	else if (type === "K") extensions.longLinkPath = textField(body, 0, body.length);
	else if (type === "x" || type === "X") extensions.pax = decodePaxRecords(body);
}

function padded(position: number): number {
	return Math.ceil(position / BLOCK_SIZE) * BLOCK_SIZE;
}
