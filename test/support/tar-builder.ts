/** Bytes of a test archive: text stands for its Latin-1 bytes, so that any name can be written. */
export type Bytes = string | Uint8Array;

/** A header field: a number in octal, or bytes as they are. */
export type Field = number | Bytes;

/** One header of a test archive with its body; nothing is checked, so that any of it can be wrong. */
export interface TarHeader {
	readonly path?: Bytes;
	/** Type flag; "0" when absent. */
	readonly type?: string;
	readonly link?: Bytes;
	readonly body?: Bytes;
	/** Instead of the body's length. */
	readonly size?: Field;
	readonly mode?: Field;
	readonly uid?: Field;
	readonly gid?: Field;
	readonly mtime?: Field;
	readonly major?: Field;
	readonly minor?: Field;
	readonly prefix?: Bytes;
	/** Eight bytes of magic and version. */
	readonly magic?: Bytes;
	readonly checksum?: Field;
	/** Other bytes of the header, by offset. */
	readonly raw?: Readonly<Record<number, Bytes>>;
	/** Records of a pax header in front. */
	readonly pax?: Readonly<Record<string, Bytes>>;
	/** Leaves out the padding behind the body. */
	readonly unpadded?: boolean;
}

const USTAR = "ustar\x0000";
export const GNU = "ustar  \0";
export const V7 = "\0\0\0\0\0\0\0\0";
export const END: Uint8Array = Buffer.alloc(1024);

/** A whole archive: members, then two zero blocks. */
export function tarball(...members: readonly (TarHeader | Uint8Array)[]): Buffer {
	return Buffer.concat([...members.map(tarPart), END]);
}

/** One member, or bytes as they are. */
export function tarPart(member: TarHeader | Uint8Array): Uint8Array {
	if (member instanceof Uint8Array) return member;
	const body = bytes(member.body ?? "");
	const padding = member.unpadded ? 0 : -body.length & 511;
	const pax = member.pax ? tarPart(paxHeader(member.pax)) : Buffer.alloc(0);
	return Buffer.concat([pax, headerBlock(member, body.length), body, Buffer.alloc(padding)]);
}

/** A pax header: of the next entry (`x`) or global (`g`). */
export function paxHeader(records: Readonly<Record<string, Bytes>>, type = "x"): TarHeader {
	const body = Object.entries(records).map(([keyword, value]) => paxRecord(keyword, value));
	return { path: "PaxHeader", type, body: Buffer.concat(body) };
}

export function paxRecord(keyword: string, value: Bytes): Uint8Array {
	const tail = Buffer.concat([bytes(` ${keyword}=`), bytes(value), bytes("\n")]);
	let length = tail.length + 1;
	while (String(length).length + tail.length !== length) length = String(length).length + tail.length;
	return Buffer.concat([bytes(String(length)), tail]);
}

/** A GNU header with the path (`L`) or link target (`K`) of the next entry. */
export function longName(text: Bytes, type: "L" | "K" = "L"): TarHeader {
	return { path: "././@LongLink", type, magic: GNU, body: Buffer.concat([bytes(text), Buffer.alloc(1)]) };
}

/** A number field in base-256, `width` bytes wide. */
export function base256(value: number | bigint, width: number): Uint8Array {
	const field = Buffer.alloc(width);
	let rest = BigInt.asUintN(width * 8, BigInt(value));
	for (let i = width - 1; i >= 0; i--, rest >>= 8n) field[i] = Number(rest & 255n);
	field[0]! |= 0x80;
	return field;
}

/** A sparse map of GNU's old form for `raw`: at most four extents, then the real size. */
export function oldSparse(
	size: number,
	extents: readonly (readonly [number, number])[],
): Record<number, Bytes> {
	const fields = extents.map(([offset, length]) => `${octal(offset, 12)}${octal(length, 12)}`);
	return { 386: fields.join(""), 483: octal(size, 12) };
}

function headerBlock(member: TarHeader, size: number): Buffer {
	const block = Buffer.alloc(512);
	const put = (at: number, value: Bytes): void => block.set(bytes(value), at);
	const number = (at: number, width: number, value: Field): void =>
		put(at, typeof value === "number" ? octal(value, width) : value);
	put(0, member.path ?? "");
	number(100, 8, member.mode ?? 0o644);
	number(108, 8, member.uid ?? 0);
	number(116, 8, member.gid ?? 0);
	number(124, 12, member.size ?? size);
	number(136, 12, member.mtime ?? 0);
	put(156, member.type ?? "0");
	put(157, member.link ?? "");
	put(257, member.magic ?? USTAR);
	number(329, 8, member.major ?? 0);
	number(337, 8, member.minor ?? 0);
	if (member.prefix !== undefined) put(345, member.prefix);
	for (const [at, value] of Object.entries(member.raw ?? {})) put(Number(at), value);
	number(148, 8, member.checksum ?? headerSum(block));
	return block;
}

function headerSum(block: Uint8Array): number {
	return block.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 0x20 : byte), 0);
}

function octal(value: number, width: number): string {
	return `${value.toString(8).padStart(width - 1, "0")}\0`;
}

function bytes(value: Bytes): Uint8Array {
	return typeof value === "string" ? Buffer.from(value, "latin1") : value;
}
